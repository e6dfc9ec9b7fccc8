import { ownCertificates, type TraefikOptions } from './options.ts';

/** What to do about a certificate that was not renewed in time, by where certificates come from. */
export function renewalRemedy(options: Pick<TraefikOptions, 'edge' | 'certificates'>): string {
  const certificates = ownCertificates(options);
  switch (certificates?.issuer) {
    case undefined:
      return 'Renew it where the proxy of this host gets it from.';
    case 'local':
      return '`matrix-deploy apply` issues another one.';
    case 'files':
      return `Renew ${certificates.chain} where it comes from, then run \`matrix-deploy certificates reload\`.`;
    case 'acme':
      return 'See `docker compose logs traefik` for why its CA issues no new one, then run `docker compose restart traefik`, which makes it try at once.';
  }
}
