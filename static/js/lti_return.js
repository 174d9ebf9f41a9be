// Sends the form that brings a selection back to the platform; without scripts its button does.
for (const form of document.querySelectorAll("form[data-send-at-once]")) form.submit();
