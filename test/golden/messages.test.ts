import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../src');
const golden = join(import.meta.dirname, 'messages.txt');

/** Names of options of Synapse, and programs in SQL or shell: what nobody reads as a message. */
const isNoMessage =
  /\b(SELECT|CREATE|ALTER|psql|pg_dump|pg_restore|exec|printf|mkdir|find "|rm -)\b|^[\w\s]+_[\w\s]+$|<\/|^body \{/;

test('messages.txt must list every message and help text', () => {
  const listed = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, messages: messagesOf(readFileSync(join(source, path), 'utf8'), path) }))
    .filter(({ messages }) => messages.length > 0)
    .map(({ path, messages }) => `## ${path}\n\n${messages.join('\n')}\n`)
    .join('\n');
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(golden, listed);
  }
  // Where they differ, `UPDATE_GOLDEN=1 npx vitest run --project fast test/golden` writes the list again: read its diff.
  expect(listed).toBe(readFileSync(golden, 'utf8'));
});

/** Strings and templates with two words or more, in their order; a value that is filled in stands in braces. */
function messagesOf(text: string, path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isLiteralTypeNode(node)) {
      return;
    }
    const message = literalOf(node)?.replaceAll('\n', '\\n');
    if (message !== undefined && /[a-z]{2,}.* .*[a-z]{2,}/i.test(message) && !isNoMessage.test(message)) {
      found.push(message);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

function literalOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return node.text;
  }
  return ts.isTemplateExpression(node)
    ? node.head.text +
        node.templateSpans
          .map(({ expression, literal }) => `{${expression.getText().replace(/\s+/g, ' ')}}${literal.text}`)
          .join('')
    : undefined;
}
