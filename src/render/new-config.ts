import type { Settings } from '../components/component.ts';
import { openTemplate, printDocument, setValues } from './template.ts';

/** The text of a new matrix.yaml: commented, with these values in it. */
export function createConfigText(values: Settings): string {
  const document = openTemplate('matrix.yaml');
  setValues(document, values);
  return printDocument(document);
}
