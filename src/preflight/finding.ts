import { PreflightError } from '../errors.ts';
import type { Judgement } from '../host/judgement.ts';

/** The checks of a host, in the order in which they are reported. */
export const checkNames = [
  'engine',
  'compose',
  'ipv6',
  'boot',
  'architecture',
  'memory',
  'disk',
  'writable',
  'deployment',
  'ports',
  'traefik',
  'firewall',
  'resolution',
  'registries',
  'clock',
  'authority',
  'challenge',
  'dns',
  'srv',
  'cdn',
  'caa',
] as const;

export type CheckName = (typeof checkNames)[number];

export interface Finding extends Judgement {
  readonly check: CheckName;
  /** The public name that the finding is about; absent for a finding about the host. */
  readonly name?: string;
  /** Why the check matters. */
  readonly reason: string;
}

/** Checks of the host refused it; nothing was changed. */
export class UnreadyHostError extends PreflightError {
  /** The findings of all checks, also of those that passed. */
  readonly findings: readonly Finding[];

  constructor(
    message: string,
    {
      findings,
      ...details
    }: ConstructorParameters<typeof PreflightError>[1] & { findings: readonly Finding[] },
  ) {
    super(message, details);
    this.findings = findings;
  }
}
