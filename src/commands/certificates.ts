import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareReload } from './certificates/reload.ts';
import { declareShareRoot } from './certificates/share-root.ts';
import { declareWatch } from './certificates/watch.ts';
import { type Examples, setExamples } from './examples.ts';

const examples: Examples = {
  'matrix-deploy certificates watch': 'serve each renewal of your own files',
  'matrix-deploy certificates reload': 'serve it now',
  'matrix-deploy certificates share-root': 'a page and its QR code for phones',
};

export function declareCertificates(program: Command, context: Context): void {
  const certificates = setExamples(program.command('certificates'), examples).description(
    'serve renewals of your own certificate, or give the root certificate of a private CA to phones',
  );
  declareReload(certificates, context);
  declareWatch(certificates, context);
  declareShareRoot(certificates, context);
}
