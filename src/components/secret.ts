/** Made once from the operating system's generator, and replaced only when the operator rotates it. */
export interface SecretSpec {
  /** File name below secrets/. */
  readonly name: string;
  readonly recipe: SecretRecipe;
  /**
   * Which one it is, by what anybody may see of it. Present for a secret that makes the server the one that others know:
   * it is created before the data of the services that read it, never again where there is such data, and another one is
   * refused.
   */
  identity?(text: string): string;
  /** Absent for one that is made of another one: it goes with that. */
  readonly rotation?: Rotation;
}

/**
 * How another one takes its place on purpose. What holds it inside a running service says so itself, as the `secret` of a
 * provision; who reads it, or what is made of it, is created again.
 */
interface Rotation {
  /** What people notice of it: whole sentences. */
  readonly effect: string;
  /** Must what the one before has signed stay verifiable? Then its identity stays known, as a `Predecessor`. */
  readonly keepsPredecessor?: true;
}

/** A secret that another one has replaced, by what anybody may see of it. */
export interface Predecessor {
  readonly identity: string;
  /** By this time nothing used it any more, in milliseconds since 1970. */
  readonly until: number;
}

export type SecretRecipe =
  /** Random, URL-safe text of so many bytes of entropy. */
  | { readonly kind: 'token'; readonly bytes: number }
  /** Synapse's ed25519 key file. */
  | { readonly kind: 'signing-key' }
  /** Text made of another secret, such as a connection file with the password in it. */
  | { readonly kind: 'derived'; readonly from: string; text(secret: string): string }
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
