import type { V1APIService, V1Service } from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { now } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someSeen } from './some-seen.ts';

const wanted = { service: { port: 8443 } };

/** A cluster on the way from port 443 to 8443. `asked` is the port in the APIService, written so many seconds ago. */
function onTheWay(at: {
  ports: number[];
  asked: number;
  secondsAgo?: number;
  heard?: boolean;
  /** Since when the Service is as it is. */
  serviceSecondsAgo?: number;
  /** Where the pods are. */
  targets?: number[];
}) {
  const objects = appliedObjects();
  const service: V1Service | undefined = objects.find(({ kind }) => kind === 'Service');
  const apiService: V1APIService | undefined = objects.find(({ kind }) => kind === 'APIService');
  const ports = at.ports.map((port) => ({ name: port === 443 ? 'https' : `https-${port}`, port }));
  const ours = (seconds = 3600) => [
    { manager: 'metrics-server-operator', time: new Date(now.getTime() - seconds * 1000) },
  ];
  const live: V1Service = {
    ...service,
    metadata: { ...service?.metadata, managedFields: ours(at.serviceSecondsAgo) },
    spec: { ...service?.spec, ports },
  };
  const registered: V1APIService = {
    ...apiService,
    metadata: {
      ...apiService?.metadata,
      annotations: { ...apiService?.metadata?.annotations, 'metrics-server.io/served': 'true' },
      managedFields: ours(at.secondsAgo),
    },
    spec: {
      groupPriorityMinimum: 100,
      versionPriority: 100,
      ...apiService?.spec,
      service: { name: 'metrics-server', namespace: 'kube-system', port: at.asked },
    },
  };
  const slices = (at.targets ?? [10250]).map((target) => ({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: (at.heard ? ports : [{ name: 'https' }]).map(({ name }) => ({ name, port: target })),
  }));
  return someSeen({
    spec: wanted,
    live: {
      ...emptyLive,
      objects: [...objects.filter(({ kind }) => kind !== 'APIService' && kind !== 'Service'), live],
      endpointSlices: slices,
    },
    apiService: registered,
  });
}

function written(seen: ReturnType<typeof onTheWay>) {
  const { steps } = planFor(seen);
  const service: V1Service | undefined = steps.find(({ object }) => object.kind === 'Service')?.object;
  const apiService: V1APIService | undefined = steps.find(
    ({ object }) => object.kind === 'APIService',
  )?.object;
  return {
    ports: service?.spec?.ports?.map(({ port }) => port),
    asked: apiService?.spec?.service?.port,
  };
}

describe('another port of the Service', () => {
  it('comes beside the old one first, and the API server is not told yet', () => {
    expect(written(onTheWay({ ports: [443], asked: 443 }))).to.deep.equal({
      ports: [8443, 443],
      asked: undefined,
    });
  });

  it('is told to the API server once the endpoints have it', () => {
    expect(written(onTheWay({ ports: [443, 8443], asked: 443, heard: true })).asked).to.equal(8443);
  });

  it('is not told before every node has heard of it', () => {
    const seen = onTheWay({ ports: [443, 8443], asked: 443, heard: true, serviceSecondsAgo: 9 });
    expect(written(seen).asked).to.equal(undefined);
  });

  it('keeps the old one for ten seconds more, and then not', () => {
    const at = (secondsAgo: number) => onTheWay({ ports: [443, 8443], asked: 8443, heard: true, secondsAgo });
    expect(written(at(9)).ports).to.deep.equal([8443, 443]);
    expect(written(at(11)).ports).to.deep.equal([8443]);
  });

  it('waits, and so does the end of the old one, while the pods themselves move to another port', () => {
    const targets = [4443, 10250];
    expect(written(onTheWay({ ports: [443], asked: 443, targets })).ports).to.deep.equal([443]);
    const late = { ports: [443, 8443], asked: 8443, heard: true, secondsAgo: 60 };
    expect(written(onTheWay({ ...late, targets })).ports).to.deep.equal([8443, 443]);
    expect(written(onTheWay(late)).ports).to.deep.equal([8443]);
  });
});

// As the API server refused it: spec.ports[1].name: Duplicate value: "https".
describe('a port that somebody has put in the place of ours, with its name', () => {
  const taken = (spec: object = {}) => {
    const objects = appliedObjects().map((object) => {
      if (object.kind !== 'Service') return object;
      const { spec, ...rest }: V1Service = object;
      const ports = (spec?.ports ?? []).map((port) => ({ ...port, port: 444 }));
      return { ...rest, spec: { ...spec, ports } };
    });
    const { steps } = planFor(someSeen({ spec, live: { ...emptyLive, objects } }));
    const service: V1Service | undefined = steps.find(({ object }) => object.kind === 'Service')?.object;
    return service?.spec?.ports?.map(({ port, name }) => [port, name]);
  };
  it('gets another name, so that ours can come back', () =>
    expect(taken()).to.deep.equal([
      [443, 'https'],
      [444, 'https-444'],
    ]));
  it('keeps that while somebody else holds it, for without it the Service could not be written', () => {
    const ports = [443, 444].map((port) => ({ name: port === 443 ? 'https' : `https-${port}`, port }));
    const writtenWith = (claimed: number) => {
      const fieldsV1 = { 'f:spec': { 'f:ports': { [`k:{"port":${claimed},"protocol":"TCP"}`]: {} } } };
      const objects = appliedObjects().map((object) => {
        const { spec, metadata, ...rest }: V1Service = object;
        if (object.kind !== 'Service') return object;
        const managedFields = [{ manager: 'kubectl-patch', fieldsV1 }];
        return {
          ...rest,
          metadata: { ...metadata, managedFields, labels: {} },
          spec: { ...spec, ports },
        };
      });
      const { steps } = planFor(someSeen({ live: { ...emptyLive, objects } }));
      const service: V1Service | undefined = steps.find(({ object }) => object.kind === 'Service')?.object;
      return service?.spec?.ports?.map(({ port }) => port);
    };
    expect(writtenWith(444)).to.deep.equal([443, 444]);
    expect(writtenWith(443), 'it is nobody else who has it').to.deep.equal([443]);
  });
  it('is left alone where nothing may be changed', () =>
    expect(taken({ mode: 'Paused' })).to.equal(undefined));
});
