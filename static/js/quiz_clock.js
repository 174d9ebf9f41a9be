import { filled } from "./messages.js";

// Counts down to the moment at which the server closes the attempt. The server says how much is left, with the page and
// with every save (somebody may have granted more), so the clock of this machine need not be right. When time is up the
// form is sent as it stands; whether it is in time is the server's to say.

const MINUTE = 60_000;
const LONGEST_COUNTDOWN = 24 * 60 * MINUTE;
const WARNINGS = [5, 1]; // minutes; read out, while the countdown itself is not

function inDigits(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return `${hours ? `${hours}:` : ""}${hours ? two(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

export function setUpClock(form) {
  const status = form.querySelector("[data-time-status]");
  if (!status) return;
  let box, end, before, sent = false;
  const warn = (minutes) => {
    status.textContent = minutes === 1 ? status.dataset.minute : filled(status.dataset.minutes, { minutes });
  };
  const sendForm = () => {
    sent = true;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "by_clock", value: "on" });
    form.append(field);
    form.requestSubmit();
  };
  const tick = () => {
    const current = document.getElementById("quiz-clock");
    if (current !== box) [box, end] = [current, Date.now() + Number(current.dataset.milliseconds)];
    const left = end - Date.now();
    const digits = box.querySelector("[data-time-left]");
    digits.hidden = left > LONGEST_COUNTDOWN;
    digits.textContent = inDigits(left);
    box.querySelector("[data-time-soon]").hidden = left > WARNINGS[0] * MINUTE;
    box.classList.toggle("quiz-clock--soon", left <= WARNINGS[0] * MINUTE);
    for (const minutes of WARNINGS) if (before > minutes * MINUTE && left <= minutes * MINUTE) warn(minutes);
    before = left;
    if (left <= 0 && !sent) sendForm();
  };
  tick();
  setInterval(tick, 250);
}
