import { type Diagnosis, diagnose, type Evidence } from '../../src/stack/diagnose.ts';
import { describeStack } from '../../src/stack/stack.ts';
import { publicConfig } from './configurations.ts';

/** A service that runs, and of which nothing else is known. */
const noEvidence: Evidence = {
  engineError: '',
  outOfMemory: false,
  exitCode: undefined,
  places: [],
  log: [],
};

/** Why a service of the stack does not work, by what is known of it. */
export function diagnosed(name: string, evidence: Partial<Evidence>): Diagnosis | undefined {
  const service = describeStack(publicConfig, {}).services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no service is called ${name}`);
  return diagnose(service, { ...noEvidence, ...evidence });
}

/** The same, by what it has said. */
export function diagnosedFrom(name: string, log: string): Diagnosis | undefined {
  return diagnosed(name, { log: log.split('\n').filter((line) => line !== '') });
}
