// A copy that stands at the lesson's own address was shown because the network is gone.

if (!location.pathname.endsWith("/offline/")) document.querySelector("[data-unreachable]").hidden = false;
