import type { BundleFile } from '../components/component.ts';
import { generatedUses, replaceSecrets } from '../components/secret-reference.ts';
import { openTemplate, printDocument, setValues } from './template.ts';

/**
 * The text of a file with secrets in it.
 *
 * @param reveal returns the value of a secret, by its name
 */
export function renderBundleFile(file: BundleFile, reveal: (secret: string) => string): string {
  if (file.kind === 'secret') return reveal(file.secret);
  const [generated] = generatedUses(file.values);
  if (generated !== undefined) {
    throw new Error(
      `${file.name} contains ${generated.secret}, which is generated: derive a secret of it instead`,
    );
  }
  const document = openTemplate(file.template);
  for (const [name, value] of Object.entries(file.values)) {
    setValues(document, { [name]: replaceSecrets(value, reveal) });
  }
  return printDocument(document);
}
