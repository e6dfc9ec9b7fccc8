/**
 * A secret that is created once, with the random generator of the operating system. It is replaced only when the
 * operator rotates it or, if it is a certificate, when it is about to expire.
 */
export interface SecretSpec {
  /** File name below secrets/. */
  readonly name: string;
  readonly recipe: SecretRecipe;
  /**
   * The public identity of the secret. Present for a secret by which other servers know this one: it is created
   * before the data of the services that read it, and never again when such data exist; a secret of another identity
   * is refused.
   */
  identity?(text: string): string;
  /** Absent for a secret that is derived from others, and replaced together with them. */
  readonly rotation?: Rotation;
}

/**
 * How the secret is rotated. A service that keeps it inside is given the new one by a provision, which names it as
 * its `secret`. Services that read it, and secrets derived from it, are created again.
 */
interface Rotation {
  /** What people notice of a rotation: whole sentences. */
  readonly effect: string;
  /**
   * True if signatures of the replaced secret must stay verifiable. Its identity is then kept, as a `Predecessor`.
   */
  readonly keepsPredecessor?: true;
}

/** A secret that was replaced, by its public identity. */
export interface Predecessor {
  readonly identity: string;
  /** The time after which nothing used it, in milliseconds since 1970. */
  readonly until: number;
}

export type SecretRecipe =
  /** Random, URL-safe text of so many bytes of entropy. */
  | { readonly kind: 'token'; readonly bytes: number }
  /** Synapse's ed25519 key file. */
  | { readonly kind: 'signing-key' }
  /** Text derived from other secrets, such as a configuration file with passwords in it. */
  | {
      readonly kind: 'derived';
      readonly from: readonly string[];
      /** @param secrets the texts of those in `from`, in that order */
      text(...secrets: readonly string[]): string;
    }
  /** PKCS #8 key for a certificate. */
  | { readonly kind: 'private-key' }
  | { readonly kind: 'authority'; readonly key: string; readonly commonName: string }
  | {
      readonly kind: 'certificate';
      readonly key: string;
      readonly authority: string;
      readonly authorityKey: string;
      readonly names: readonly string[];
    };
