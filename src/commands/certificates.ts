import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareReload } from './certificates/reload.ts';
import { declareShareRoot } from './certificates/share-root.ts';
import { type Examples, setExamples } from './examples.ts';

const examples: Examples = {
  'matrix-deploy certificates reload': 'after a renewal of your own files',
  'matrix-deploy certificates share-root': 'a page and its QR code for phones',
};

export function declareCertificates(program: Command, context: Context): void {
  const certificates = setExamples(program.command('certificates'), examples).description(
    'serve your own certificate after a renewal, or give the root certificate of a private CA to phones',
  );
  declareReload(certificates, context);
  declareShareRoot(certificates, context);
}
