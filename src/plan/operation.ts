import type { CacheSpec, DataSpec, RestrictedFile } from '../components/data.ts';
import type { GivenCertificate } from '../components/given-certificate.ts';
import type { ConfigurationCheck, Probe, Provision } from '../components/questions.ts';
import type { SecretSpec } from '../components/secret.ts';
import type { Gate } from '../components/service.ts';
import type { RenderedFile } from '../render/render.ts';
import type { Access } from './access.ts';
import type { Bundle } from './bundle.ts';

/** One step of a plan: what, on what, and why. Effects are in apply/, one an operation. */
export type Operation = OperationDraft & {
  /** Names it within its plan. */
  readonly id: string;
  /** Operations that must have succeeded before. */
  readonly after: readonly string[];
};

/** An operation of which it is not said yet what it waits for. */
export type OperationDraft = OperationWork & {
  /** What it is done to, in the operator's words. */
  readonly resource: string;
  /** Why it is needed, in words. */
  readonly cause: string;
};

export type OperationWork =
  | { readonly kind: 'pull-image'; readonly tag: string; readonly reference: string }
  | {
      readonly kind: 'create-secret';
      readonly secret: SecretSpec;
      /** How it is protected. */
      readonly access: Access;
      readonly change?: 'update';
      /** Names of the secrets that are made of it and are removed before: half of a pair is never taken for a whole one. */
      readonly replaces?: readonly string[];
    }
  | { readonly kind: 'write-bundle'; readonly bundle: Bundle; readonly change: FileChange }
  | { readonly kind: 'remove-bundle'; readonly path: string }
  | {
      readonly kind: 'give-certificate';
      readonly given: GivenCertificate;
      /** A function, so that whatever prints the operation does not print the key. */
      readonly pem: () => string;
      readonly change: FileChange;
    }
  | { readonly kind: 'remove-certificate'; readonly path: string }
  | { readonly kind: 'prepare-data'; readonly data: DataSpec; readonly image: string }
  | {
      readonly kind: 'repair-access';
      readonly path: string;
      readonly access: Access;
      /** Could others read or change it, who must not? */
      readonly isOpen: boolean;
    }
  | {
      readonly kind: 'repair-mode';
      readonly file: RestrictedFile;
      readonly path: string;
      readonly container: string | undefined;
    }
  | { readonly kind: 'fill-cache'; readonly cache: CacheSpec; readonly when: CacheMoment }
  | { readonly kind: 'check-configuration'; readonly check: ConfigurationCheck }
  | {
      readonly kind: 'write-file';
      readonly file: RenderedFile;
      readonly change: FileChange;
      /** The edit that `overwrite` would undo, as a unified diff. */
      readonly drift?: readonly string[];
    }
  /** Without starting it: it waits for what it is made of, not for what the service needs to run. */
  | { readonly kind: 'create-container'; readonly service: string }
  | {
      readonly kind: 'start-service';
      readonly service: string;
      readonly change: ServiceChange;
      /** Only since what it uses is created again. */
      readonly again?: true | undefined;
      /** The path of a secret that it has not read as it is now. */
      readonly unread?: string | undefined;
      /** What somebody changed on its container. */
      readonly drift?: readonly string[] | undefined;
      /** Requests wait for it: it is let in by this when it is seen to work. */
      readonly gate?: Gate | undefined;
    }
  /** It runs, and is let in by its gate when it is seen to work. */
  | {
      readonly kind: 'admit-service';
      readonly service: string;
      readonly gate: Gate;
      /** What somebody changed on its container, if it was not a run that died. */
      readonly drift: readonly string[];
    }
  | {
      readonly kind: 'leave-network';
      readonly service: string;
      readonly container: string;
      readonly network: string;
      readonly drift: readonly string[];
    }
  /** Compose creates it again with the services that need it. */
  | { readonly kind: 'remove-network'; readonly network: string }
  | { readonly kind: 'remove-service'; readonly container: string }
  | {
      readonly kind: 'provision';
      readonly provision: Provision;
      /** The services that use it are to be stopped, and it is to be removed before, where it is still unused. */
      readonly again?: readonly string[];
      /** It is there, and is given the secret. */
      readonly change?: 'update';
    }
  | { readonly kind: 'probe'; readonly probe: Probe };

/** `overwrite` would undo an edit that somebody made by hand. */
type FileChange = 'create' | 'update' | 'overwrite';
/** Before the service uses it; or after it has been seen to work, where nobody is to wait for that. */
export type CacheMoment = 'before' | 'after';
export type ServiceChange = 'create' | 'recreate' | 'start';
export type OperationKind = OperationWork['kind'];
