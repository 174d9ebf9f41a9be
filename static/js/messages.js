// A translated pattern such as "Step {number} of {count}" with its values.
export function filled(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
