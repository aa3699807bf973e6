import { devices, networkCheck, type OpenedDevices } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { recall, wasEntered } from '../app/remember.ts';
import { box } from '../dev/box.ts';
import type { FakeBedside } from '../dev/fake.ts';
import {
  CLINICIAN,
  clinician,
  fault,
  interpreter,
  me,
  PATIENT,
  participant,
  VISIT_ID,
  visitView,
} from '../dev/samples.ts';
import type { FakeVisit } from '../dev/visit.ts';
import { show } from '../testing/show.tsx';
import { fakeTrack } from '../testing/tracks.ts';

vi.mock('@bedside/client', async (original) => ({
  ...(await original<typeof import('@bedside/client')>()),
  networkCheck: vi.fn(),
}));

const path = `/visit/${VISIT_ID}`;
const level = box(0);

function opens(opened: OpenedDevices): void {
  vi.spyOn(devices, 'open').mockResolvedValue(opened);
}

beforeEach(() => {
  level.set(0);
  vi.spyOn(devices, 'list').mockResolvedValue([]);
  vi.spyOn(devices, 'level').mockReturnValue(level);
  vi.mocked(networkCheck).mockResolvedValue({
    verdict: 'good',
    reason: 'good',
    roundTripMs: 20,
    kbps: 9_000,
  });
});

function as(role: 'patient' | 'clinician', place: 'away' | 'waiting' | 'inside') {
  return (bedside: FakeBedside): FakeVisit => {
    bedside.me.set(me(role));
    const visit = bedside.visitOf();
    const own = role === 'patient' ? participant({ place }) : clinician({ place });
    const other = role === 'patient' ? [clinician()] : [participant()];
    visit.view.set(
      visitView({
        stage: place === 'inside' ? 'in_call' : place === 'waiting' ? 'waiting' : 'scheduled',
        participants: place === 'inside' ? [own, ...other] : [own],
        you: role === 'patient' ? PATIENT.participant_id : CLINICIAN.participant_id,
        can: role === 'patient' ? ['leave'] : ['leave', 'host', 'invite', 'end'],
      }),
    );
    return visit;
  };
}

const names = (visit: FakeVisit) => visit.calls.map((it) => it.name);

describe('the device check', () => {
  const patientAway = (bedside: FakeBedside) => void as('patient', 'away')(bedside);

  it('shows the own picture, hears, and hands the open devices over', async () => {
    const camera = fakeTrack('video');
    const microphone = fakeTrack('audio');
    opens({ camera, microphone, faults: {} });
    const { bedside, user } = show(path, patientAway);
    expect(await screen.findByText('Works')).toBeTruthy();
    expect(document.querySelector('video[data-own]')).toBeTruthy();
    expect(screen.getByText('Say a few words. The bar should move.')).toBeTruthy();
    act(() => level.set(0.6));
    expect(await screen.findByText('We can hear you.')).toBeTruthy();
    expect(await screen.findByText(/^Good: sound and picture/)).toBeTruthy();
    const visit = bedside.visitOf();
    expect(names(visit), 'made ready while they look').toEqual(['prepare']);
    await user.click(screen.getByRole('button', { name: 'Enter waiting room' }));
    await waitFor(() => expect(names(visit)).toContain('enter'));
    expect(visit.calls.find((it) => it.name === 'useTracks')?.args).toEqual([
      { camera, microphone },
    ]);
    expect(visit.calls.find((it) => it.name === 'reportDevice')?.args).toEqual([
      { camera: 'good', microphone: 'good', speaker: 'skipped', network: 'good' },
    ]);
    expect(camera.wasStopped).toBe(false);
    expect(recall('devices').checkedAt).toBeGreaterThan(0);
    expect(wasEntered(VISIT_ID)).toBe(true);
  });

  it.each([
    ['denied', 'Your browser does not let us use the camera'],
    ['missing', 'We found no camera'],
    ['busy', 'Another app may be using it'],
    ['failed', 'The camera did not start'],
  ] as const)('says how to mend a camera that is %s, and tries again', async (word, sentence) => {
    opens({ microphone: fakeTrack('audio'), faults: { camera: word } });
    const { user } = show(path, patientAway);
    expect(await screen.findByText(new RegExp(sentence))).toBeTruthy();
    opens({ camera: fakeTrack('video'), faults: {} });
    await user.click(screen.getByRole('button', { name: 'Try again: Camera' }));
    expect(await screen.findByText('Works')).toBeTruthy();
  });

  it.each([
    ['slow', 'poor', /^Slow: we will use sound first/],
    ['lossy', 'poor', /^Unsteady: we will use sound first/],
    ['unreachable', 'failed', /^We can’t reach the clinic’s system/],
  ] as const)('puts a %s connection into words', async (reason, verdict, words) => {
    opens({ faults: {} });
    vi.mocked(networkCheck).mockResolvedValue({ verdict, reason, roundTripMs: 0, kbps: 0 });
    show(path, patientAway);
    expect(await screen.findByText(words)).toBeTruthy();
  });

  it('can be skipped; then nothing is on and no device stays open', async () => {
    const camera = fakeTrack('video');
    opens({ camera, faults: {} });
    const { bedside, user } = show(path, patientAway);
    await screen.findByText('Works');
    const visit = bedside.visitOf();
    visit.onEnter = () => as('patient', 'waiting')(bedside);
    await user.click(screen.getByRole('button', { name: 'Skip the check' }));
    await screen.findByText('You will see Dr. Karl Sample');
    expect(names(visit)).not.toContain('useTracks');
    expect(names(visit)).not.toContain('reportDevice');
    expect(camera.wasStopped).toBe(true);
  });

  it('takes another camera when the remembered one is gone', async () => {
    localStorage.setItem('bedside.devices', JSON.stringify({ cameraId: 'gone' }));
    const open = vi.spyOn(devices, 'open');
    open.mockResolvedValueOnce({ faults: { camera: 'missing', microphone: 'missing' } });
    open.mockResolvedValueOnce({ camera: fakeTrack('video', 'other'), faults: {} });
    show(path, patientAway);
    expect(await screen.findByText('Works')).toBeTruthy();
    expect(open.mock.calls.map(([wishes]) => wishes)).toEqual([
      { camera: 'gone', microphone: true },
      { camera: true },
    ]);
  });
});

describe('the waiting room', () => {
  it.each([
    ['away', 'is not signed in yet'],
    ['online', 'is online and knows that you wait'],
    ['busy', 'is with another patient'],
    ['here', 'is in the room and lets you in soon'],
  ] as const)('tells that the clinician is %s', async (state, words) => {
    const { bedside } = show(path, (it) => void as('patient', 'waiting')(it));
    const visit = bedside.visitOf();
    const view = visit.view.get();
    act(() => visit.view.set({ ...(view ?? visitView()), clinician: state }));
    expect((await screen.findByTestId('host-state')).textContent).toContain(words);
  });

  it('comes back after a reload, with the devices as they were', async () => {
    sessionStorage.setItem(`bedside.entered.${VISIT_ID}`, '1');
    const { bedside } = show(path, (it) => void as('patient', 'waiting')(it));
    await screen.findByText('You will see Dr. Karl Sample');
    expect(names(bedside.visitOf())).toEqual(['setCamera', 'setMicrophone', 'enter']);
  });

  it('explains kindly why somebody was sent back', async () => {
    const { bedside } = show(path, (it) => void as('patient', 'inside')(it));
    await screen.findByRole('button', { name: 'Leave' });
    act(() => void as('patient', 'waiting')(bedside));
    expect(await screen.findByRole('heading', { name: 'One moment, please' })).toBeTruthy();
    expect(screen.getByText(/Nobody sees or hears you now/)).toBeTruthy();
  });

  it('calls urgently when it is their turn', async () => {
    const { bedside } = show(path, (it) => void as('patient', 'waiting')(it));
    await screen.findByText('You will see Dr. Karl Sample');
    act(() => void as('patient', 'inside')(bedside));
    await screen.findByRole('button', { name: 'Leave' });
    const alerts = screen.getAllByRole('alert').map((it) => it.textContent);
    expect(alerts.join()).toContain('It is your turn');
  });
});

describe('the call', () => {
  const inCall = (bedside: FakeBedside) => {
    const visit = as('patient', 'inside')(bedside);
    visit.own.set({ camera: { on: true }, microphone: { on: true }, screen: { on: false } });
    visit.tiles.set([
      {
        participantId: CLINICIAN.participant_id,
        source: 'camera',
        slot: 0,
        stream: new MediaStream(),
      },
    ]);
  };

  it('shows the other one, findable by who and what', async () => {
    show(path, inCall);
    await screen.findByRole('button', { name: 'Leave' });
    const video = document.querySelector(`video[data-participant="${CLINICIAN.participant_id}"]`);
    expect(video?.getAttribute('data-source')).toBe('camera');
  });

  it('has controls that say what they do', async () => {
    const { bedside, user } = show(path, inCall);
    const visit = bedside.visitOf();
    await user.click(await screen.findByRole('button', { name: 'Mute' }));
    await user.click(await screen.findByRole('button', { name: 'Unmute' }));
    await user.click(screen.getByRole('button', { name: 'Turn camera off' }));
    await screen.findByRole('button', { name: 'Turn camera on' });
    expect(visit.calls.slice(-3).map((it) => [it.name, it.args[0]])).toEqual([
      ['setMicrophone', false],
      ['setMicrophone', true],
      ['setCamera', false],
    ]);
    expect(recall('devices')).toMatchObject({ cameraOn: false, microphoneOn: true });
  });

  it('tells who muted, and lets them unmute', async () => {
    const { bedside, user } = show(path, inCall);
    const visit = bedside.visitOf();
    act(() =>
      visit.view.set(
        visitView({ participants: [participant({ muted_by_host: true }), clinician()] }),
      ),
    );
    expect((await screen.findByTestId('notice')).textContent).toContain(
      'Dr. Karl Sample muted your microphone',
    );
    await user.click(screen.getByRole('button', { name: 'Unmute' }));
    expect(visit.calls.at(-1)).toMatchObject({ name: 'setMicrophone', args: [true, undefined] });
  });

  it('keeps the sound mounted while a picture is paused', async () => {
    const { bedside } = show(path, inCall);
    await screen.findByRole('button', { name: 'Leave' });
    const visit = bedside.visitOf();
    const before = document.querySelector('video[data-participant]');
    act(() => visit.tiles.set(visit.tiles.get().map((it) => ({ ...it, paused: 'bandwidth' }))));
    expect(screen.getByTestId('notice').textContent).toBe(
      'Sound is fine, video paused to keep it so.',
    );
    expect(document.querySelector('video[data-participant]')).toBe(before);
  });

  it('leaves without a question, turns the camera off, and offers the way back', async () => {
    const { bedside, user } = show(path, inCall);
    const visit = bedside.visitOf();
    await user.click(await screen.findByRole('button', { name: 'Leave' }));
    expect(names(visit).slice(-2)).toEqual(['leave', 'release']);
    expect(wasEntered(VISIT_ID)).toBe(false);
    await user.click(screen.getByRole('button', { name: 'Rejoin' }));
    expect(names(visit)).toContain('enter');
    expect(await screen.findByRole('button', { name: 'Leave' })).toBeTruthy();
  });

  it('ends with the visit, and lets the devices go', async () => {
    const { bedside } = show(path, inCall);
    await screen.findByRole('button', { name: 'Leave' });
    act(() => bedside.visitOf().view.set(visitView({ stage: 'ended' })));
    expect(await screen.findByRole('heading', { name: 'Your visit has ended' })).toBeTruthy();
    expect(names(bedside.visitOf())).toContain('release');
  });

  it('tells the number of a refusal', async () => {
    show(path, (bedside) => {
      bedside.me.set(me('patient'));
      bedside.visitOf().status.set('denied');
      bedside.visitOf().fault.set(fault('not_found', 4000));
    });
    expect(await screen.findByText('Code 4000')).toBeTruthy();
  });

  it('offers another try when entering fails', async () => {
    const { bedside, user } = show(path, (it) => {
      const visit = as('patient', 'away')(it);
      visit.answer = fault('unavailable', 7000);
      sessionStorage.setItem(`bedside.entered.${VISIT_ID}`, '1');
    });
    const visit = bedside.visitOf();
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    visit.answer = null;
    visit.onEnter = () => as('patient', 'waiting')(bedside);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('You will see Dr. Karl Sample')).toBeTruthy();
  });
});

describe('the clinician’s visit', () => {
  const hosting = (bedside: FakeBedside) => {
    const visit = as('clinician', 'inside')(bedside);
    visit.view.set(
      visitView({
        you: CLINICIAN.participant_id,
        participants: [participant(), clinician(), interpreter({ place: 'waiting' })],
        can: ['leave', 'host', 'invite', 'end'],
      }),
    );
    return visit;
  };

  it('admits, sends back, mutes and withdraws by name', async () => {
    const { bedside, user } = show(path, (it) => void hosting(it));
    const visit = bedside.visitOf();
    await user.click(await screen.findByRole('button', { name: 'Admit Ines Fictional' }));
    await user.click(screen.getByRole('button', { name: 'Send back Petra Example' }));
    await user.click(screen.getByRole('button', { name: 'Mute Petra Example' }));
    await user.click(screen.getByRole('button', { name: 'Withdraw Ines Fictional' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Withdraw Ines Fictional' }));
    expect(names(visit).filter((it) => it !== 'setCamera' && it !== 'setMicrophone')).toEqual([
      'enter',
      'admit',
      'hold',
      'mute',
      'revoke',
    ]);
  });

  it('ends the visit only after a question that names the patient', async () => {
    const { bedside, user } = show(path, (it) => void hosting(it));
    const visit = bedside.visitOf();
    await user.click(await screen.findByRole('button', { name: 'End visit' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('End the visit with Petra Example?')).toBeTruthy();
    expect(names(visit)).not.toContain('end');
    await user.click(within(dialog).getByRole('button', { name: 'End visit with Petra Example' }));
    expect(names(visit)).toContain('end');
  });

  it('makes a link for a guest', async () => {
    const { bedside, user } = show(path, (it) => void hosting(it));
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Create link' }));
    expect(within(dialog).getByText('Enter a name.')).toBeTruthy();
    await user.type(within(dialog).getByLabelText(/^Name/), 'Ines Fictional');
    await user.click(within(dialog).getByRole('button', { name: 'Create link' }));
    const field = await within(dialog).findByLabelText<HTMLInputElement>('Link for Ines Fictional');
    expect(field.value).toMatch(/^http.*\/join#x{43}$/);
    expect(bedside.visitOf().calls.at(-1)?.args).toEqual(['interpreter', 'Ines Fictional']);
  });

  it('admits by the key, not while something is typed, and not when keys are off', async () => {
    const { bedside, user } = show(path, (it) => void hosting(it));
    const visit = bedside.visitOf();
    await screen.findByRole('button', { name: 'Admit Ines Fictional' });
    localStorage.setItem('bedside.shortcuts', 'false');
    await user.keyboard('a');
    expect(names(visit)).not.toContain('admit');
    localStorage.setItem('bedside.shortcuts', 'true');
    await user.keyboard('a');
    expect(names(visit)).toContain('admit');
  });

  it('admits at once when the day’s list asked for it', async () => {
    localStorage.setItem('bedside.devices', JSON.stringify({ checkedAt: Date.now() }));
    const { bedside } = show(
      path,
      (it) => {
        const visit = hosting(it);
        visit.view.set(
          visitView({
            you: CLINICIAN.participant_id,
            stage: 'waiting',
            participants: [participant({ place: 'waiting' }), clinician()],
            can: ['leave', 'host', 'end'],
          }),
        );
      },
      'admit',
    );
    await waitFor(() =>
      expect(bedside.visitOf().calls.find((it) => it.name === 'admit')?.args).toEqual([
        PATIENT.participant_id,
      ]),
    );
  });
});
