import { CancelledError, messageOf } from '../errors.ts';
import { unverified } from '../host/judgement.ts';
import { checks } from './checks.ts';
import { type Facts, gatherFacts, type PreflightPorts, type Subject } from './facts.ts';
import { type CheckName, checkNames, type Finding } from './finding.ts';

/** What a look at a host has found. */
export interface Inspection {
  readonly findings: readonly Finding[];
  /** The public names without a certificate for which it is not certain that the CA will issue certificates. */
  readonly uncertainNames: readonly string[];
}

/**
 * Looks, before anything is changed, whether a host can run a deployment. Nothing is written, and all checks run side by
 * side: those that the occasion asks for, so that a server that runs is not stopped from changing by what it does not need.
 */
export async function inspectHost(
  subject: Subject,
  context: PreflightPorts,
  skip: ReadonlySet<CheckName> = new Set(),
): Promise<Inspection> {
  const facts = await gatherFacts(subject, context);
  const uncertified = await facts.uncertified();
  const occasions = { always: true, first: !(await facts.installed()), order: uncertified.length > 0 };
  const due = checkNames.filter((name) => occasions[checks[name].when] && !skip.has(name));
  const findings = (await Promise.all(due.map((name) => runCheck(name, facts)))).flat();
  const proving = facts.authority?.dns === undefined ? 'dns' : 'challenge';
  const isConfirmed = (name: string) =>
    findings.some((one) => one.check === proving && one.verdict === 'passed' && one.name === name);
  return {
    findings,
    uncertainNames: facts.isBehindProxy ? [] : uncertified.filter((name) => !isConfirmed(name)),
  };
}

async function runCheck(check: CheckName, facts: Facts): Promise<Finding[]> {
  const { reason, judge } = checks[check];
  const seen = await judge(facts).catch((error) => {
    if (error instanceof CancelledError) {
      throw error;
    }
    return [unverified(`could not be checked: ${messageOf(error)}`)];
  });
  return seen.map((each) => ({ check, reason, ...each }));
}
