// Line breaks of YAML 1.1, at which a quoted string would be folded, and characters that no stream may contain (YAML
// 1.1, "Character Set").
const unreadable = /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;

/** A text of YAML or JSON with all characters escaped that a parser of YAML 1.1 would not accept, or would change. */
export function escapeUnreadable(text: string): string {
  return text.replaceAll(
    unreadable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as JSON that parsers of YAML 1.1, such as that of Synapse, read the same way. */
export function jsonForYaml(value: unknown): string {
  return `${escapeUnreadable(JSON.stringify(value, undefined, 2))}\n`;
}
