// Answers that the server has not confirmed, kept in this browser for when the page is lost: {slug: {version, values}}
// for each attempt. A browser that keeps nothing (private mode, storage full) has no backups, and the rest goes on.

const PREFIX = "hop-answers-";

function read(attempt) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + attempt)) ?? {};
  } catch {
    return {};
  }
}

function write(attempt, entries) {
  try {
    if (Object.keys(entries).length) localStorage.setItem(PREFIX + attempt, JSON.stringify(entries));
    else localStorage.removeItem(PREFIX + attempt);
  } catch {
    // Nothing is kept; the server still gets every answer while it answers.
  }
}

export const backups = read;

export function keep(attempt, slug, entry) {
  write(attempt, { ...read(attempt), [slug]: entry });
}

export function drop(attempt, slug) {
  const { [slug]: _, ...others } = read(attempt);
  write(attempt, others);
}

export function forget(attempt) {
  write(attempt, {});
}
