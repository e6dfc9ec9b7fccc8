import type { ServiceHealth } from '../../apply/verify.ts';
import { failed } from '../../host/judgement.ts';
import { unfitImage } from '../../releases/newer.ts';
import type { ReleaseDocument } from '../../releases/release-document.ts';
import type { StatusFinding } from './report.ts';

/** Services that run a version that must not run any more: one below the floor, or a denied one. */
export function judgeVersions(
  services: readonly Pick<ServiceHealth, 'service' | 'image'>[],
  document: ReleaseDocument,
): StatusFinding[] {
  return services.flatMap(({ service, image }) => {
    const reason = unfitImage(document, image);
    return reason === undefined
      ? []
      : [
          {
            about: 'version' as const,
            ...failed(
              `${service} runs ${image.split('@')[0]}, which must be upgraded: ${reason.replace(/\.$/, '')}`,
              'See `matrix-deploy upgrade --check`.',
            ),
          },
        ];
  });
}
