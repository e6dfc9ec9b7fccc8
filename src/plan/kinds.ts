import type { OperationKind } from './operation.ts';

/** The facts that all operations of a kind share. */
interface KindFacts {
  /** In the lines of a plan: `+` new, `~` changed, `-` removed, `?` looked at. */
  readonly marker: '+' | '~' | '-' | '?';
  /** What it does to its resource. */
  readonly verb: string;
  /** Seconds that it takes on a small server, roughly: measured on two cores with images of the tested set. */
  readonly seconds: number;
  /**
   * The kinds of operations that must be done before. No running service is touched before every image is on this
   * host and every program has accepted its configuration. Operations that do not depend on each other run in
   * parallel.
   */
  readonly waitsFor: readonly OperationKind[];
  /**
   * Where the operation has a line of output. Operations that take no time, and parts of other operations, need none.
   */
  readonly shown: 'everywhere' | 'in the plan' | 'when it is done' | 'nowhere';
}

/** The kinds of operations that provide the parts of a container, or remove what is in its way. */
export const containerNeeds: readonly OperationKind[] = [
  'pull-image',
  'repair-access',
  'create-secret',
  'write-bundle',
  'give-certificate',
  'prepare-data',
  'check-configuration',
  'write-file',
  'repair-mode',
  'remove-service',
  'remove-network',
];

/**
 * The kinds of operations that a removal waits for: until all else is known to work, a rollback needs what is
 * removed.
 */
const whatMayStillRead: readonly OperationKind[] = [
  'write-file',
  'remove-service',
  'start-service',
  'repair-mode',
  'provision',
  'probe',
];

/**
 * The facts of each kind. A new kind of operation needs a row here, its data in operation.ts, and its effect in
 * apply/.
 */
export const operationKinds: Readonly<Record<OperationKind, KindFacts>> = {
  'pull-image': { marker: '+', verb: 'pull', seconds: 20, waitsFor: [], shown: 'everywhere' },
  'repair-access': { marker: '~', verb: 'repair', seconds: 0.1, waitsFor: [], shown: 'everywhere' },
  'create-secret': {
    marker: '+',
    verb: 'create',
    seconds: 0.1,
    waitsFor: ['repair-access'],
    shown: 'in the plan',
  },
  'write-bundle': {
    marker: '+',
    verb: 'write',
    seconds: 0.1,
    waitsFor: ['repair-access', 'create-secret'],
    shown: 'in the plan',
  },
  'give-certificate': {
    marker: '+',
    verb: 'write',
    seconds: 0.1,
    waitsFor: ['repair-access', 'pull-image', 'check-configuration'],
    shown: 'everywhere',
  },
  'prepare-data': {
    marker: '+',
    verb: 'create',
    seconds: 2,
    waitsFor: ['pull-image', 'create-secret'],
    shown: 'everywhere',
  },
  'fill-cache': { marker: '+', verb: 'write', seconds: 4, waitsFor: ['pull-image'], shown: 'everywhere' },
  'check-configuration': {
    marker: '?',
    verb: 'check',
    seconds: 3,
    waitsFor: ['pull-image', 'write-bundle'],
    shown: 'everywhere',
  },
  'write-file': {
    marker: '+',
    verb: 'write',
    seconds: 0.1,
    waitsFor: [
      'repair-access',
      'pull-image',
      'create-secret',
      'write-bundle',
      'prepare-data',
      'check-configuration',
    ],
    shown: 'in the plan',
  },
  'repair-mode': { marker: '~', verb: 'repair', seconds: 1, waitsFor: ['write-file'], shown: 'everywhere' },
  'leave-network': {
    marker: '-',
    verb: 'disconnect',
    seconds: 0.2,
    waitsFor: ['write-file'],
    shown: 'everywhere',
  },
  'admit-service': {
    marker: '+',
    verb: 'connect',
    seconds: 0.5,
    waitsFor: ['write-file'],
    shown: 'everywhere',
  },
  'remove-network': {
    marker: '-',
    verb: 'remove',
    seconds: 0.5,
    waitsFor: ['write-file', 'remove-service', 'leave-network'],
    shown: 'everywhere',
  },
  'remove-service': {
    marker: '-',
    verb: 'remove',
    seconds: 1,
    waitsFor: ['write-file'],
    shown: 'everywhere',
  },
  'create-container': {
    marker: '+',
    verb: 'create',
    seconds: 0.5,
    waitsFor: containerNeeds,
    shown: 'nowhere',
  },
  'start-service': {
    marker: '+',
    verb: 'start',
    seconds: 1,
    waitsFor: containerNeeds,
    shown: 'everywhere',
  },
  provision: { marker: '+', verb: 'create', seconds: 0.3, waitsFor: [], shown: 'everywhere' },
  probe: {
    marker: '?',
    verb: 'wait until',
    seconds: 3,
    waitsFor: ['give-certificate', 'repair-mode', 'leave-network', 'admit-service'],
    shown: 'when it is done',
  },
  'remove-bundle': {
    marker: '-',
    verb: 'remove',
    seconds: 0.1,
    waitsFor: whatMayStillRead,
    shown: 'in the plan',
  },
  'remove-certificate': {
    marker: '-',
    verb: 'remove',
    seconds: 0.1,
    waitsFor: whatMayStillRead,
    shown: 'everywhere',
  },
};
