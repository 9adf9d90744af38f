import type { Found } from './found.ts';
import { entries } from './labels.ts';
import { notCarriedOver, type Piece, type Share } from './piece.ts';

/** The Service, and how the API server goes through it. */
export function serviceShare({ service, apiService }: Found): Share {
  const { metadata, spec } = service ?? {};
  const port = apiService?.spec?.service?.port ?? spec?.ports?.[0]?.port;
  const families = spec?.ipFamilyPolicy === 'SingleStack' ? undefined : spec?.ipFamilyPolicy; // the API server's default
  const pieces: Piece[] = [
    { path: ['service', 'port'], value: port, from: `port ${port} of the Service` },
    { path: ['service', 'ipFamilyPolicy'], value: families, from: `ipFamilyPolicy ${families}` },
    ...entries(['service', 'labels'], metadata?.labels),
    ...entries(['service', 'annotations'], metadata?.annotations),
  ];
  return {
    pieces: pieces.filter(({ value }) => value !== undefined),
    remarks: [
      ...(spec?.ports ?? [])
        .filter((one) => one.port !== port)
        .map((one) => notCarriedOver(`port ${one.port} of the Service`, 'the Service has one port')),
    ],
  };
}
