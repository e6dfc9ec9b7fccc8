import type { ServiceHealth } from '../../apply/verify.ts';
import { failed } from '../../host/judgement.ts';
import { unfitImage } from '../../releases/newer.ts';
import type { ReleaseDocument } from '../../releases/release-document.ts';
import type { StatusFinding } from './report.ts';

/** Findings about services whose version must no longer run: it is older than the floor of its part, or denied. */
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
