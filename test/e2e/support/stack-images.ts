import { testedImage } from '../../../src/releases/releases.ts';

/** The images of the stack as it is tested: a host that has them pulls nothing. */
export const stackImages = (['synapse', 'postgres', 'traefik'] as const).map(testedImage);
