import { BedsideError } from '@bedside/client';
import { patientPath, supportPath } from '../src/app/pages.ts';
import { aChart, aClosedChart, chartOf, emergencyCard, PETRA, partOf } from '../src/dev/charts.ts';
import { ownRecord } from '../src/dev/records.ts';
import { fault } from '../src/dev/samples.ts';
import { emergencyDesk, supportDesk } from '../src/dev/support.ts';
import type { Scene } from './scene.ts';

const path = patientPath(PETRA);

/** What patients share, records as clinicians see them, emergencies and what follows, and support. */
export const policyScenes: Record<string, Scene> = {
  sharing: { path: '/record', set: ownRecord },
  chart: { path, set: (bedside) => aChart(bedside) },
  'chart-part': { path, set: (bedside) => aChart(bedside, partOf()) },
  'chart-closed': { path, set: aClosedChart },
  'chart-emergency': {
    path,
    set: (bedside) => {
      const card = emergencyCard();
      aChart(bedside, chartOf({ basis: 'emergency', grant_id: card.grant_id }));
      bedside.answers.set('emergency.list', { emergencies: [card] });
    },
  },
  'chart-lost': {
    path,
    set: (bedside) => {
      aChart(bedside);
      bedside.answers.set('patient.read', new BedsideError(fault('unavailable', 7000)));
    },
  },
  charts: {
    path: patientPath(null),
    set: (bedside) => {
      aChart(bedside);
      bedside.answers.set('emergency.list', { emergencies: [emergencyCard()] });
    },
  },
  'admin-emergencies': { path: '/admin?tab=emergencies', set: emergencyDesk },
  support: { path: '/support', set: supportDesk },
  'support-person': { path: supportPath(PETRA), set: supportDesk },
  'support-hub': { path: '/support?tab=hub', set: supportDesk },
};
