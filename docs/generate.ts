import { writeFileSync } from 'node:fs';
import { generatedDocuments } from './generated.ts';

// `npm run docs`: writes what is derived from the code; a test fails when it is stale.
for (const [name, text] of Object.entries(generatedDocuments())) {
  writeFileSync(new URL(name, import.meta.url), text);
}
