"""What a learner reads about an action: on the button, while it runs, and when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ActionWords:
    """`noun` is the label of the bench; the other texts are whole."""

    noun: Text
    submit: Text
    before: Text
    stored: Text
    pending: Text
    done: Text
    again: Text


WORDS: Mapping[str, ActionWords] = {
    "probe": ActionWords(
        noun=_("Experiment"),
        submit=_("Lock in and send"),
        before=_("This is the cluster. Lock in a prediction, then watch the packet cross it hop by hop."),
        stored=_("Your prediction is stored. The packet can be played as soon as the simulator has traced it."),
        pending=_("Your prediction is locked in. The simulator is tracing the packet."),
        done=_("packet sent"),
        again=_("Send the packet again"),
    ),
    "request": ActionWords(
        noun=_("Experiment: HTTP request"),
        submit=_("Lock in and send"),
        before=_("This is the cluster. Lock in a prediction, then watch the request go from proxy to proxy."),
        stored=_("Your prediction is stored. The request can be played as soon as the simulator has traced it."),
        pending=_("Your prediction is locked in. The simulator is tracing the request."),
        done=_("request sent"),
        again=_("Send the request again"),
    ),
    "lookup": ActionWords(
        noun=_("Experiment: name lookup"),
        submit=_("Lock in and look up"),
        before=_("This is the cluster. Lock in a prediction, then watch every query find its way."),
        stored=_("Your prediction is stored. The queries can be played as soon as the simulator has traced them."),
        pending=_("Your prediction is locked in. The simulator is looking the name up."),
        done=_("name looked up"),
        again=_("Look the name up again"),
    ),
    "reach": ActionWords(
        noun=_("Experiment: who reaches whom"),
        submit=_("Lock in and evaluate"),
        before=_("This is the cluster. Lock in a prediction, then see which Pods may open a connection to which."),
        stored=_("Your prediction is stored. The table appears as soon as the simulator has evaluated every pair."),
        pending=_("Your prediction is locked in. The simulator is evaluating every pair of Pods."),
        done=_("pairs evaluated"),
        again=_("Evaluate the pairs again"),
    ),
    "command": ActionWords(
        noun=_("Experiment: on the command line"),
        submit=_("Lock in and run"),
        before=_("This is the cluster. Lock in a prediction, then run the command and read what it prints."),
        stored=_("Your prediction is stored. The output appears as soon as the simulator has run the command."),
        pending=_("Your prediction is locked in. The simulator is running the command."),
        done=_("command run"),
        again=_("Run the command again"),
    ),
    "cni": ActionWords(
        noun=_("Experiment: the runtime calls its plugins"),
        submit=_("Lock in and run"),
        before=_("Lock in a prediction, then see every plugin that the runtime calls, and what goes in and out."),
        stored=_("Your prediction is stored. The calls appear as soon as the simulator has run the list."),
        pending=_("Your prediction is locked in. The simulator is running the configuration list."),
        done=_("list run"),
        again=_("Run the list again"),
    ),
}
