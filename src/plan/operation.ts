import type { CacheSpec, DataSpec, RestrictedFile } from '../components/data.ts';
import type { GivenCertificate } from '../components/given-certificate.ts';
import type { ConfigurationCheck, Probe, Provision } from '../components/questions.ts';
import type { SecretSpec } from '../components/secret.ts';
import type { Gate } from '../components/service.ts';
import type { RenderedFile } from '../render/render.ts';
import type { Access } from './access.ts';
import type { Bundle } from './bundle.ts';

/** One step of a plan: what is done, to which resource, and why. Each kind has its effect in apply/. */
export type Operation = OperationDraft & {
  /** Unique within its plan. */
  readonly id: string;
  /** IDs of the operations that must have succeeded before. */
  readonly after: readonly string[];
};

/** An operation without its dependencies. */
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
      /**
       * Names of the secrets that are made of it and are removed first, so that an interrupted run does not leave a
       * new secret beside one made of the old.
       */
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
      /** Whether other users could read or change it. */
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
  /**
   * Creates the container without starting it. It waits for the parts of the container, not for all that the service
   * needs to run.
   */
  | { readonly kind: 'create-container'; readonly service: string }
  | {
      readonly kind: 'start-service';
      readonly service: string;
      readonly change: ServiceChange;
      /** True if the only cause is that a provision that it uses is created again. */
      readonly again?: true | undefined;
      /** The path of a secret that has changed since the service read it. */
      readonly unread?: string | undefined;
      /** The changes made by hand to its container. */
      readonly drift?: readonly string[] | undefined;
      /** Lets the new container in when it works; requests wait until then. */
      readonly gate?: Gate | undefined;
    }
  /** Lets in a service that runs outside its gate, when it works. */
  | {
      readonly kind: 'admit-service';
      readonly service: string;
      readonly gate: Gate;
      /** The differences of its container, made by hand or by an interrupted run. */
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
      /**
       * The services that use it. If it is still unused, they are stopped and it is removed before it is created
       * again.
       */
      readonly again?: readonly string[];
      /** Present when it exists and only its secret changes. */
      readonly change?: 'update';
    }
  | { readonly kind: 'probe'; readonly probe: Probe };

/** `overwrite` would undo an edit that somebody made by hand. */
type FileChange = 'create' | 'update' | 'overwrite';
/**
 * `before`: before its service uses it. `after`: in the background, when the service works, so that nothing waits for
 * the cache.
 */
export type CacheMoment = 'before' | 'after';
export type ServiceChange = 'create' | 'recreate' | 'start';
export type OperationKind = OperationWork['kind'];
