import type { Finding } from '../crds/findings.ts';
import { type Silence, textsAbout, type Way } from './aggregator.ts';

/**
 * That the API server does not accept the certificate that it is shown. A request that it passes on says so; since Kubernetes 1.36 it soon
 * passes none on, and its own check, which stands in the APIService, says so instead.
 */
export function refusedCertificate(way: Way, answer: string): Finding<'Serving'> | undefined {
  const refusal = certificateRefusal(way, textsAbout(way, answer));
  return (
    refusal && {
      status: 'False',
      reason: refusal.reason,
      message: `${refused} (${refusal.text}). ${refusal.mend}`,
    }
  );
}

const refused = 'The API server does not accept the certificate that it is shown when it asks metrics-server';

export function certificateRefusal(way: Way, texts: string[]): Silence | undefined {
  const text = texts.map(certificateError).find((one) => one !== undefined);
  return text === undefined ? undefined : { reason: 'AggregatorTLS', text, mend: wayOut(way, text) };
}

/**
 * From x509 on, if that is what it is about: "error trying to reach service: tls: failed to verify certificate: x509: ...". Without the time,
 * which would be another at each look.
 */
function certificateError(text = ''): string | undefined {
  const [error] = /x509: .*/s.exec(text) ?? /tls: failed to verify certificate.*/s.exec(text) ?? [];
  return error?.trim().replace(/current time \S+ is/, 'now is');
}

const elsewhere = 'see that nothing between the API server and the pods ends TLS, such as a service mesh';

// The error of a CA that was tried may stand in brackets behind, so only what comes first counts.
const isOutOfDate = /^x509: certificate has expired or is not yet valid/;
const isForOthers =
  /^x509: (certificate is (valid for|not valid for any names)|certificate relies on legacy Common Name|cannot validate certificate for)/;

function wayOut(way: Way, error: string): string {
  if (way.spec.servingTls === 'SelfSigned' && way.speaks !== 'flags') {
    return 'With spec.tls.serving.mode SelfSigned it should not ask for a known one: the operator sets insecureSkipTLSVerify in the APIService v1beta1.metrics.k8s.io; if that does not last, Accepted and Applied say why.';
  }
  const mend = anew(way);
  if (isOutOfDate.test(error)) {
    return `It has expired, or is not valid yet, unless a clock is wrong: compare the clocks of the nodes; if they are right, ${mend}.`;
  }
  if (isForOthers.test(error)) {
    return `It is not for the name of the Service, by which the API server asks: ${mend} and ${elsewhere}.`;
  }
  if (way.speaks === 'flags')
    return `The caBundle of APIService v1beta1.metrics.k8s.io does not fit it: put the CA there that has issued it, or ${mend}, and ${elsewhere}.`;
  return `The caBundle of APIService v1beta1.metrics.k8s.io does not fit it. The operator keeps the two together; if they do not fit within two minutes and Applied is True, ${mend} and ${elsewhere}.`;
}

function anew({ name, spec, speaks }: Way): string {
  if (speaks === 'flags') return 'give --tls-cert-file another certificate, for the name of its Service';
  switch (spec.servingTls) {
    case 'Secret':
      return `put another certificate into Secret ${spec.tls?.serving?.secretRef?.name}`;
    case 'CertManager':
      return `have another one issued (kubectl delete secret -n ${spec.namespace} ${name}-serving-issued)`;
    default:
      return `have it and its CA made anew (kubectl annotate msc ${name} metrics-server.io/rotate="$(date +%s)" --overwrite)`;
  }
}
