// Tells the server the time zone of this browser, so that dates in its pages are the reader's own.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = `timezone=${zone}`;
if (zone && !document.cookie.split("; ").includes(told)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${told}; path=/; max-age=31536000; samesite=lax${secure}`;
}
