import type { Config } from '../../src/config/schema.ts';
import { noBundles } from '../../src/plan/bundle.ts';
import type { ObservedState } from '../../src/plan/observed-state.ts';
import type { Desired } from '../../src/plan/reconcile.ts';
import { type Written, withText } from '../../src/plan/written.ts';
import { renderStack } from '../../src/render/render.ts';
import { wantedFacts, wantedNetworks } from '../../src/render/running.ts';
import { type IdentityRecord, kept, type ObservedIdentity } from '../../src/stack/identity.ts';
import { describeStack, type Stack } from '../../src/stack/stack.ts';

/** What a configuration asks for. */
export function desiredOf(config: Config): Desired {
  const stack = describeStack(config, {});
  return { stack, rendering: renderStack(stack), confidential: [] };
}

/** A host with an engine, the images, and nothing of ours. */
export function emptyHost(config: Config): ObservedState {
  return {
    directory: '/opt/matrix',
    isInstalled: false,
    files: {},
    written: {},
    foreignFiles: [],
    secrets: new Set(),
    now: new Date('2026-06-01T00:00:00Z'),
    validity: {},
    unread: {},
    rotating: new Set(),
    mismatched: new Set(),
    bundles: noBundles,
    certificates: [],
    unreadCopies: [],
    data: new Set(),
    dataInUse: new Set(),
    dataReleases: {},
    caches: new Set(),
    access: { uid: 0, gid: 0, mapsUsers: false, found: {} },
    strictModes: {},
    images: new Set(desiredOf(config).stack.images),
    lock: {},
    containers: [],
    running: {},
    limitsNotKept: [],
    processors: undefined,
    networks: {},
    imageIds: {},
    provisions: new Map(),
    identity: unrecorded,
  };
}

/** What is there after a configuration was applied. */
export function appliedHost(config: Config): ObservedState {
  const { stack, rendering } = desiredOf(config);
  const recorded = recordOf(stack);
  return {
    ...emptyHost(config),
    isInstalled: true,
    files: Object.fromEntries(rendering.files.map(({ path, text }) => [path, text])),
    written: rendering.files.reduce<Written>(
      (written, { path, text }) => withText(written, path, text, undefined),
      {},
    ),
    secrets: new Set(stack.secrets.map(({ name }) => name)),
    data: new Set(stack.data.map(({ path }) => path)),
    dataInUse: new Set(stack.data.map(({ path }) => path)),
    caches: new Set(stack.caches.map(({ path }) => path)),
    containers: stack.services.map(({ name, image }) => ({
      id: `${name}-container`,
      service: name,
      state: 'running',
      status: 'Up 2 hours',
      image,
      imageId: `sha256:${image}`,
      directory: '/opt/matrix',
      digest: rendering.digests[name],
    })),
    running: Object.fromEntries(
      stack.services.map((service) => [
        `${service.name}-container`,
        wantedFacts(service, { ...stack, directory: '/opt/matrix' }),
      ]),
    ),
    networks: Object.fromEntries(
      Object.entries(wantedNetworks(stack)).map(([name, network]) => [
        name,
        { ...network, hasUsualGateway: true, containers: [] },
      ]),
    ),
    imageIds: Object.fromEntries(stack.services.map(({ image }) => [image, `sha256:${image}`])),
    provisions: new Map(stack.provisions.map(({ name }) => [name, 'there'])),
    identity: { recorded, dataOf: recorded.serverName, seen: recorded.things },
  };
}

/** What is recorded of a deployment that serves. */
function recordOf({ serverName, secrets, data, provisions }: Stack): IdentityRecord {
  const deployment = '0a1b2c';
  return {
    serverName,
    deployment,
    things: {
      ...Object.fromEntries(
        secrets
          .filter(({ recipe }) => recipe.kind === 'token' || recipe.kind === 'signing-key')
          .map(({ name, identity }) => [
            `secrets/${name}`,
            identity === undefined ? kept : 'ed25519:a_own key',
          ]),
      ),
      ...Object.fromEntries(data.map(({ path }) => [path, deployment])),
      ...Object.fromEntries(provisions.map(({ name }) => [name, '7/16384'])),
    },
    predecessors: {},
  };
}

/** Of a deployment without a record of what it is. */
export const unrecorded: ObservedIdentity = { recorded: undefined, dataOf: undefined, seen: {} };
