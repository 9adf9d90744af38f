import { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1APIService, V1Deployment, V1Pod, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { secretData } from '../../src/controllers/issue.ts';
import { namedObjects } from '../../src/controllers/live-for.ts';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { planFor, type Step } from '../../src/controllers/plan.ts';
import { mountedIn } from '../../src/controllers/shown.ts';
import { certificatesIn, type KeyPair } from '../../src/platform/x509.ts';
import { title } from '../../src/resources/names.ts';
import { someSpec } from '../crds/some-spec.ts';
import { someCertificate } from '../some-pki.ts';
import { emptyLive, someConfig, someSeen } from './some-seen.ts';

/** A pod, and the certificate that it has loaded; undefined where it has made its own. */
interface Running {
  pod: V1Pod;
  loaded: string | undefined;
}

const host = 'metrics-server.kube-system.svc';

/** The parts of a Secret that hold a certificate. */
export function secretOf(
  { certificate, key }: KeyPair,
  more: Record<string, string> = {},
): Pick<V1Secret, 'type' | 'data'> {
  const texts = { 'tls.crt': certificate, 'tls.key': key, ...more };
  const data = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  return { type: 'kubernetes.io/tls', data: Object.fromEntries(data) };
}

/**
 * A cluster that does what the plan says, with real certificates. After every write the API server must accept what every pod shows: that
 * is what no change may break.
 */
export class CertificateWorld {
  objects: KubernetesObject[] = [];
  running: Running[] = [];
  at = new Date('2026-01-01T12:00:00Z');
  spec: object = {};
  annotations: Record<string, string> = {};
  /** Whether what pods show can be seen on the wire. */
  isSeen = true;
  pods = 0;
  /** What users have made. */
  given: KubernetesObject[] = [];
  /** Whether metrics-server reads its files again. */
  rereads = true;
  /** Whether cert-manager does its work. */
  isIssuing = true;

  pass(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000);
  }

  named(name: string): KubernetesObject | undefined {
    return this.objects.find(({ metadata }) => metadata?.name === name);
  }

  secret(name: 'ca' | 'cert'): V1Secret | undefined {
    return this.named(`metrics-server-serving-${name}`);
  }

  text(name: 'ca' | 'cert', key: string): string {
    return Buffer.from(this.secret(name)?.data?.[key] ?? '', 'base64').toString();
  }

  remove(...names: string[]): void {
    this.objects = this.objects.filter(({ metadata }) => !names.includes(metadata?.name ?? ''));
  }

  get deployment(): V1Deployment | undefined {
    return this.objects.find(({ kind }) => kind === 'Deployment');
  }

  get apiService(): V1APIService | undefined {
    return this.objects.find(({ kind }) => kind === 'APIService');
  }

  seen(): SeenConfig {
    const { now: _, spec: __, ...base } = someSeen();
    const config = someConfig(this.spec);
    const deployment = this.deployment;
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const isUp = this.running.length > 0;
    const live = deployment && { ...deployment, status: { observedGeneration: 1, ...(isUp && counts) } };
    const apiService = this.apiService;
    return {
      ...base,
      spec: someSpec(this.spec),
      now: this.at,
      config: { ...config, metadata: { ...config.metadata, annotations: this.annotations } },
      apiService,
      metrics:
        apiService === undefined
          ? { is: 'unregistered' }
          : { is: 'answered', samples: [], atMs: this.at.getTime() },
      shown: new Map(this.running.flatMap(({ pod, loaded }) => this.#shown(pod, loaded))),
      live: {
        ...emptyLive,
        given: namedObjects(this, someSpec(this.spec), 'metrics-server').map((reference) => ({
          reference,
          object: [...this.objects, ...this.given].find(
            ({ kind, metadata }) => kind === reference.kind && metadata?.name === reference.name,
          ),
        })),
        objects: [
          ...this.objects.filter(({ kind }) => kind !== 'APIService' && kind !== 'Deployment'),
          ...(live ? [live] : []),
        ],
        deployment: live,
        pods: this.running.map(({ pod }) => pod),
        endpointSlices: [
          {
            addressType: 'IPv4',
            endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: isUp } }],
            ports: [{ name: 'https', port: 10250 }],
          },
        ],
      },
    };
  }

  #shown(pod: V1Pod, loaded: string | undefined): [string, string][] {
    const [certificate] = certificatesIn(loaded) ?? [];
    const isKnown = this.isSeen && certificate !== undefined;
    return isKnown ? [[pod.metadata?.uid ?? '', certificate.fingerprint256]] : [];
  }

  /** A new pod of the present template comes, and the old ones go; of them one may stay for now. */
  rollOut(isOneKept = false): void {
    if (this.deployment === undefined) return;
    const old = this.running;
    const { template } = this.deployment.spec ?? {};
    const { spec } = template ?? {};
    const isMountable = mountedIn(spec) === undefined || this.secret('cert') !== undefined;
    if (!isMountable) return;
    const loaded = mountedIn(spec) === undefined ? undefined : this.text('cert', 'tls.crt');
    this.pods += 1;
    const startTime = this.at;
    const container = { name: 'metrics-server', image: '', imageID: '', ready: true, restartCount: 0 };
    const pod: V1Pod = {
      metadata: {
        ...template?.metadata,
        name: `pod-${this.pods}`,
        uid: `pod-${this.pods}`,
      },
      spec: { containers: [], ...spec },
      status: { startTime, containerStatuses: [{ ...container, state: { running: {} } }] },
    };
    this.running = [...old, { pod, loaded }];
    this.#check('while new pods come');
    this.running = [...(isOneKept ? old.slice(-1) : []), { pod, loaded }];
  }

  /** The kubelet has brought the Secret up to date, and metrics-server has read it: of all pods, or of one. */
  reload(which?: number): void {
    if (!this.rereads) return;
    this.running = this.running.map((one, index) => ({
      ...one,
      loaded:
        one.loaded !== undefined && this.secret('cert') !== undefined && (which ?? index) === index
          ? this.text('cert', 'tls.crt')
          : one.loaded,
    }));
    this.#check('after a reload');
  }

  /** One look, of which only so many steps are carried out before the operator ends. */
  async look(most = Number.POSITIVE_INFINITY): Promise<string[]> {
    await this.#issue();
    const done = planFor(this.seen()).steps.slice(0, most);
    for (const step of done) {
      await this.#carryOut(step);
      this.#check(`${step.action} ${title(step.object)}`);
    }
    return done.map(({ action, object }) => `${action} ${title(object)}`);
  }

  async settle(most?: number): Promise<string[]> {
    const done: string[] = [];
    for (let looks = 0; looks < 60; looks++) {
      const now = await this.look(most);
      if (now.length === 0) return done;
      done.push(...now);
    }
    throw new Error(`it never ends: ${done.slice(-6).join('; ')}`);
  }

  /** Until nothing is left to do, also later. */
  async goOn(most?: number): Promise<string[]> {
    const done: string[] = [];
    for (let rounds = 0; rounds < 6; rounds++) {
      const before = JSON.stringify(this.deployment?.spec?.template);
      done.push(...(await this.settle(most)));
      const isChanged = before !== JSON.stringify(this.deployment?.spec?.template);
      if (isChanged || this.running.length === 0) this.rollOut();
      else this.reload();
      this.pass(10);
    }
    return done;
  }

  /** What cert-manager does: it fills the Secret that a Certificate names, and makes it where it is gone. */
  async #issue(): Promise<void> {
    const certificate = this.objects.find(({ kind }) => kind === 'Certificate');
    const name = 'metrics-server-serving-issued';
    if (certificate === undefined) {
      const owners = this.named(name)?.metadata?.ownerReferences ?? [];
      if (owners.some(({ kind }) => kind === 'Certificate')) this.remove(name); // garbage collection
      return;
    }
    if (!this.isIssuing) return;
    const annotations = {
      'cert-manager.io/certificate-name': 'metrics-server-serving',
      'metrics-server.io/owner': 'metrics-server',
    };
    const made = { kind: 'Secret', metadata: { name, namespace: 'kube-system', annotations } };
    const secret = this.named(name) ?? made;
    const { data }: V1Secret = secret;
    if ((data?.['tls.crt'] ?? '') !== '') return;
    const pair = await someCertificate(this.at, { dnsNames: [host] });
    const filled = secretOf(pair, { 'ca.crt': pair.certificate });
    this.remove(name);
    this.objects.push({ ...secret, ...filled });
    Object.assign(certificate, { status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  }

  async #carryOut(step: Step): Promise<void> {
    const live = this.objects.find((object) => title(object) === title(step.object));
    const others = this.objects.filter((object) => object !== live);
    const after = await this.#after(step, live);
    this.objects = after === undefined ? others : [...others, after];
  }

  async #after(step: Step, live: KubernetesObject | undefined): Promise<KubernetesObject | undefined> {
    const managedFields = [{ manager: 'metrics-server-operator', time: this.at }];
    switch (step.action) {
      case 'apply': {
        const uid = live?.metadata?.uid ?? title(step.object);
        const kept = step.object.kind === 'Secret' ? live : {}; // what it holds is somebody else's
        return {
          ...kept,
          ...step.object,
          metadata: { ...step.object.metadata, uid, generation: 1, managedFields },
        };
      }
      case 'issue': {
        const data = await secretData(step.material, this.at);
        return { ...step.object, ...{ data }, metadata: { ...step.object.metadata, managedFields } };
      }
      case 'patch': {
        const { spec }: V1APIService = { ...live };
        const entries = Object.entries({ ...spec, ...step.patch.spec }).filter(([, value]) => value !== null);
        const { ownerReferences = live?.metadata?.ownerReferences } = step.patch.metadata;
        return {
          ...live,
          metadata: { ...live?.metadata, ownerReferences, managedFields },
          ...(live?.kind === 'APIService' && { spec: Object.fromEntries(entries) }),
        };
      }
      case 'remove':
        return undefined;
    }
  }

  #check(when: string): void {
    const { spec } = this.apiService ?? {};
    if (spec === undefined) return;
    const both = spec.caBundle !== undefined && spec.insecureSkipTLSVerify === true;
    expect(both, `${when}: the API server refuses both`).to.equal(false);
    for (const { pod, loaded } of this.running) {
      expect(this.#isAccepted(loaded, spec), `${when}: ${pod.metadata?.name} is accepted`).to.equal(true);
    }
  }

  #isAccepted(loaded: string | undefined, spec: NonNullable<V1APIService['spec']>): boolean {
    if (spec.insecureSkipTLSVerify === true) return true;
    if (loaded === undefined) return false;
    const leaf = new X509Certificate(loaded);
    const authorities = certificatesIn(Buffer.from(spec.caBundle ?? '', 'base64').toString()) ?? [];
    const isSigned = authorities.some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
    return isSigned && leaf.checkHost(host) !== undefined && Date.parse(leaf.validTo) > this.at.getTime();
  }
}
