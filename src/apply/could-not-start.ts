import { messageOf, UnhealthyError, UserError } from '../errors.ts';
import { explainEngineError } from '../stack/diagnose.ts';

/** Codes of the errors with which Compose or the engine reports that it did not start a container. */
const refusals: readonly string[] = ['docker.compose', 'docker.refused'];

/**
 * The error to throw when the engine or Compose did not start services: an UnhealthyError, which causes a rollback.
 * Returns an error with another cause unchanged.
 */
export function couldNotStart(services: readonly string[], error: unknown): unknown {
  if (error instanceof UserError && !refusals.includes(error.code)) {
    return error;
  }
  const details = error instanceof UserError ? error.details : [];
  const known = explainEngineError([messageOf(error), ...details].join('\n'));
  return new UnhealthyError(
    `${services.join(', ')} could not be started: ${known?.cause ?? messageOf(error)}`,
    { code: 'apply.start', details, hint: known?.remedy, cause: error, service: String(services[0]) },
  );
}
