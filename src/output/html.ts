interface Page {
  readonly title: string;
  /** More elements for the head of the page. */
  readonly head?: readonly string[];
  /** CSS. */
  readonly style: string;
  /** HTML below the heading, which is the title. */
  readonly body: string;
}

/** An HTML page that loads nothing from anywhere. */
export function htmlPage({ title, head = [], style, body }: Page): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
${[
  '<meta charset="utf-8">',
  '<meta name="viewport" content="width=device-width, initial-scale=1">',
  ...head,
  `<title>${escaped(title)}</title>`,
].join('\n')}
<style>
${style}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text for HTML or XML, also for attributes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
