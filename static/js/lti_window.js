// For browsers that do not tell the server where a page is shown: in a window of its own the launch goes on at once.
const link = document.querySelector("a[data-go-on-outside-frames]");
if (link && window.top === window.self) location.replace(link.href);
