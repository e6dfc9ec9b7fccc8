import { isScalar, parseDocument, visit } from 'yaml';
import { Secret } from './secret.ts';

/** Names of secrets in the configuration of other software, such as the registration of an application service. */
const confidentialName = /(?:token|secret|password|pass|key)$/i;

/** The secrets in a YAML or JSON text, which must not be shown: the values whose names reveal what they are. */
export function secretsNamedIn(text: string): Secret[] {
  const found: Secret[] = [];
  const note = (name: unknown, value: unknown) => {
    if (typeof value === 'string' && confidentialName.test(String(name))) found.push(new Secret(value));
  };
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Pair: (_index, { key, value }) => note(scalarOf(key), scalarOf(value)),
  });
  return found;
}

function scalarOf(node: unknown): unknown {
  return isScalar(node) ? node.value : undefined;
}
