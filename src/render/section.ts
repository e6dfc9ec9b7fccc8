import { Document } from 'yaml';
import type { Settings } from '../components/component.ts';

/** A section of matrix.yaml as one line, such as `element: { host: "chat.example.org" }`. */
export function renderSection(name: string, settings: Settings): string {
  const document = new Document();
  document.set(name, document.createNode(settings, { flow: true }));
  const style = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 } as const;
  return document.toString(style).trimEnd();
}
