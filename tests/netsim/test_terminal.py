"""A prompt on a machine: what every program does alike, and what they share. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netsim
from netsim.__main__ import main
from netsim.terminal import PROGRAMS
from tests.netsim.harbour import SCENE, simulate


@pytest.fixture
def probe(simulation) -> netsim.Terminal:
    return netsim.Terminal(simulation, "pod/ops/probe")


@pytest.mark.parametrize(
    ("line", "text", "code"),
    [
        ("", "", 0),
        ("frobnicate -x", "sh: frobnicate: not found\n", 127),
        ("ping 'oops", "sh: syntax error: No closing quotation\n", 2),
        ("echo " + "x" * 1000, "sh: the line is longer than 1000 characters\n", 2),
    ],
    ids=["an empty line", "an unknown program", "an open quote", "a long line"],
)
def test_what_a_shell_says(probe, line, text, code):
    output = probe.run(line)
    assert (output.text, output.exit_code) == (text, code)


@pytest.mark.parametrize(
    ("line", "text", "code"),
    [
        pytest.param("cat /etc/resolv.conf | grep nameserver", "nameserver 10.96.0.10\n", 0, id="lines with a word"),
        pytest.param("hostname | grep -v probe", "", 1, id="none of the lines"),
        pytest.param(
            "ip route | grep -E '^nothing|DEFAULT' -i | grep -c .", "1\n", 0, id="one of two, in any case, counted"
        ),
        pytest.param("hostname | grep '^pr.*e$'", "probe\n", 0, id="a whole line"),
        pytest.param("hostname | grep 'be.*ro'", "", 1, id="parts in their order"),
        pytest.param("hostname | grep '^obe'", "", 1, id="not its middle"),
        pytest.param("hostname | grep -F .*", "", 1, id="a pattern taken as text"),
        pytest.param("hostname | wc -l", "1\n", 0, id="so many lines"),
        pytest.param(
            "cat /etc/resolv.conf | head -1",
            "search ops.svc.cluster.local svc.cluster.local cluster.local\n",
            0,
            id="the first line",
        ),
        pytest.param("cat /etc/resolv.conf | tail -n 1", "options ndots:5\n", 0, id="the last line"),
        pytest.param(
            "curl nowhere.example | grep zzz",
            "curl: (6) Could not resolve host: nowhere.example\n",
            6,
            id="an error is not filtered",
        ),
        pytest.param(
            "hostname | less",
            "sh: this terminal pipes to grep, head, tail, wc only, not to less\n",
            127,
            id="no filter",
        ),
        pytest.param("hostname | grep", "Usage: grep [-icvEF] PATTERN\n", 2, id="no pattern"),
        pytest.param("| grep x", "sh: syntax error: a program is missing beside “|”\n", 2, id="no program"),
        pytest.param(
            "hostname && hostname",
            "sh: syntax error: this terminal has no “&&”: run one program a line, piped to grep, head, tail, wc\n",
            2,
            id="two programs",
        ),
        pytest.param("cat '/a|b'", "cat: /a|b: No such file or directory\n", 1, id="quoted"),
    ],
)
def test_output_is_piped_to_filters(probe, line, text, code):
    output = probe.run(line)
    assert (output.text, output.exit_code) == (text, code)


def test_a_shell_in_a_pod_is_refused_with_what_to_type_instead(probe):
    assert "such as: -- ip route" in probe.run("kubectl exec -it -n shop web-0 -- /bin/sh").text


def test_help_names_every_program(probe):
    assert all(name in probe.run("help").text for name in PROGRAMS)


def test_a_program_may_be_typed_with_its_path(probe):
    assert probe.run("/usr/bin/hostname").text == "probe\n"


WORDS = (
    *("-c", "-n", "1", "-t", "0", "web.shop", "10.244.2.6", "10.96.41.80", "80", "eth0", "show", "get", "-x", "+short"),
    *("@10.96.0.10", "-L", "dev", "route", "addr", "host", "port", "not", "(", "--", "-", "[::1]", "http://web.shop/"),
    *("nat", "-I", "-T", "-p", "table", "all", "fdb", "list", "ruleset", "-z", "-u", "-4", "-6", "à", ""),
)


@settings(max_examples=150, deadline=None)
@given(program=st.sampled_from(sorted(PROGRAMS)), words=st.lists(st.sampled_from(WORDS), max_size=5))
def test_no_line_raises(simulation, program, words):
    output = netsim.Terminal(simulation, "pod/ops/probe").run_words([program, *words])
    assert output.text.endswith("\n") or not output.text


@pytest.mark.parametrize("where", ["pod/ops/nobody", "node/n9", "router", "pod/ops"])
def test_there_must_be_such_a_machine(simulation, where):
    with pytest.raises(netsim.NetsimError):
        netsim.Terminal(simulation, where)


def test_conntrack_remembers_what_was_sent_before(probe):
    node = probe.on("node/n1")
    assert "0 flow entries" in node.run("conntrack -L -p tcp").text
    probe.run("curl -s http://10.96.41.80/")
    assert "1 flow entries" in node.run("conntrack -L -p tcp").text


def test_a_new_terminal_remembers_nothing(simulation, probe):
    probe.run("curl -s http://10.96.41.80/")
    assert "0 flow entries" in netsim.Terminal(simulation, "node/n1").run("conntrack -L").text


def test_the_same_lines_print_the_same(simulation):
    lines = ("curl -s web.shop", "ping -c 2 web-0.shop", "traceroute -n 10.244.3.7", "tcpdump -ni eth0")

    def printed() -> list[str]:
        terminal = netsim.Terminal(simulation, "pod/ops/probe")
        return [terminal.run(line).text for line in lines]

    assert printed() == printed()


def test_repeated_requests_reach_every_endpoint(probe):
    bodies = "".join(probe.run("curl -s web.shop").text for _ in range(12))
    assert "Hostname: web-0\n" in bodies
    assert "Hostname: web-1\n" in bodies


@pytest.fixture
def command(capsys, monkeypatch):
    """``python -m netsim run``: (exit code, standard output)."""

    def run(*words: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(["run", str(SCENE), "--on", "pod/ops/probe", *words])
        return code, capsys.readouterr().out

    return run


def test_the_command_runs_one_program_and_exits_like_it(command):
    assert command("--", "ping", "-c1", "10.244.2.6")[0] == 0
    assert command("--", "ping", "-c1", "nosuch") == (2, "ping: nosuch: Name or service not known\n")


def test_the_command_runs_the_lines_of_standard_input(command):
    code, out = command(stdin="curl -s 10.96.41.80\non node/n2\nhostname\n")
    assert (code, out.splitlines()[-2:]) == (0, ["$ hostname", "n2"])


def test_no_other_command_takes_a_program(capsys):
    with pytest.raises(SystemExit):
        main(["show", str(SCENE), "--node", "n1", "routes", "--", "ping"])
    assert "unrecognized arguments: ping" in capsys.readouterr().err


LISTINGS = (
    *(
        "ip addr",
        "ip -d link",
        "ip -br link",
        "ip -6 addr",
        "ip route show table all",
        "ip -6 route",
        "ip rule",
        "ip neigh",
    ),
    *("bridge fdb", "bridge link", "arp", "ss -lntup", "sysctl -a", "hostname -I", "conntrack -L", "tcpdump -eni any"),
    *(
        "iptables-save",
        "ip6tables-save",
        "iptables -L",
        "iptables -t nat -L -n -v --line-numbers",
        "iptables -t raw -S",
    ),
    *("nft list ruleset", "ipvsadm -Ln", "cat /etc/resolv.conf /etc/hosts"),
)
SETTINGS = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  cni: {%s}
  proxy: {mode: %s}
  podCIDR: 10.244.0.0/16
  serviceCIDR: 10.96.0.0/16
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
"""


@pytest.mark.parametrize(
    ("plugin", "mode"),
    [
        ("plugin: bridge", "ipvs"),
        ("plugin: flannel, backend: wireguard", "nftables"),
        ("plugin: calico, backend: ipip", "ipvs"),
        ("plugin: calico, backend: vxlan", "iptables"),
        ("plugin: cilium, backend: vxlan", "none"),
        ("plugin: weave", "iptables"),
    ],
)
def test_every_listing_prints_on_every_data_plane(plugin, mode):
    """After packets of each kind, so that the listings have something to show."""
    probe = netsim.Terminal(simulate(SETTINGS % (plugin, mode)), "pod/ops/probe")
    for line in ("ping -c1 10.244.2.6", "curl -s http://10.96.41.80", "traceroute -n 10.244.2.6"):
        assert probe.run(line).exit_code == 0
    for terminal in (probe, probe.on("node/n1"), probe.on("external")):
        assert {line: terminal.run(line).exit_code for line in LISTINGS} == dict.fromkeys(LISTINGS, 0)
