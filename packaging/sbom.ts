import type { JoinedPackage } from './joined.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

/** The parts of a CycloneDX document (https://cyclonedx.org/docs/1.5/json/) that are read here. */
export interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The bill of what is published: of all that is installed, what was joined. Equal builds give equal text, so what is
 * random or of the moment is left out; both are optional.
 *
 * @param installed what `npm sbom --sbom-format cyclonedx` prints
 */
export function sbomOf(installed: Sbom, name: string, joined: readonly JoinedPackage[]): Sbom {
  const isJoined = new Set(joined.map((each) => `${each.name}@${each.version}`));
  const { serialNumber: _random, metadata, components, dependencies, ...others } = installed;
  const { timestamp: _moment, component, ...about } = metadata;
  const kept = new Map(
    components
      .filter((each) => isJoined.has(`${each.name}@${each.version}`))
      .map((each) => [each['bom-ref'], each]),
  );
  return {
    ...others,
    metadata: { ...about, component: { ...component, name } },
    components: [...kept.values()],
    dependencies: dependencies
      .filter(({ ref }) => kept.has(ref) || ref === component['bom-ref'])
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) })),
  };
}
