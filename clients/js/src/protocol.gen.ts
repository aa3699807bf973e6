// Generated from docs/protocol/schema.json by tests/protocol.test.ts. Do not edit.

/** Something to follow. */
export type Topic = `visit:${string}` | `agenda:${string}`;

export type AppointmentId = string & { readonly __id: 'AppointmentId' };
export type ConnectionId = string & { readonly __id: 'ConnectionId' };
export type ParticipantId = string & { readonly __id: 'ParticipantId' };
export type PersonId = string & { readonly __id: 'PersonId' };
export type RequestId = string & { readonly __id: 'RequestId' };
export type SessionId = string & { readonly __id: 'SessionId' };

/**
 * What happened, in the attendance.
 */
export type AttendanceKind =
  | 'entered'
  | 'admitted'
  | 'held'
  | 'left'
  | 'connection_lost'
  | 'invited'
  | 'revoked'
  | 'call_started'
  | 'device_checked'
  | 'ended'
  | 'no_show'
  | 'cancelled';
/**
 * What the viewer may do now. The hub decides; a button is there when its word is.
 */
export type Can = 'enter' | 'leave' | 'join_media' | 'host' | 'invite' | 'end' | 'mark_no_show';
/**
 * What a client sends.
 */
export type ClientFrame =
  | {
      type: 'hello';
      /**
       * Access token.
       */
      token: string;
      /**
       * Name and version of the client library.
       */
      sdk?: string;
      /**
       * Random name of the browser tab; a newer socket of the same tab and session replaces the older.
       */
      tab?: string;
      /**
       * Topics to follow, each with the last position known.
       */
      follow?: Resume[];
    }
  | {
      type: 'request';
      /**
       * Chosen by the client, unique among its open calls.
       */
      id: number;
      /**
       * Name in the catalogue.
       */
      op: string;
      /**
       * Params of that operation.
       */
      params?: unknown;
      /**
       * Idempotency key: the same key never takes effect twice.
       */
      key?: string;
      /**
       * Milliseconds after which the caller is not interested any more.
       */
      deadline_ms?: number;
      /**
       * W3C Trace Context, so that a trace goes on from the browser.
       */
      traceparent?: string;
    }
  | {
      type: 'cancel';
      /**
       * Of the request.
       */
      id: number;
    }
  | {
      type: 'follow';
      /**
       * Chosen by the client.
       */
      id: number;
      /**
       * What.
       */
      topic: Topic;
      /**
       * Last position known.
       */
      position?: Position;
    }
  | {
      type: 'unfollow';
      /**
       * Chosen by the client.
       */
      id: number;
      /**
       * What.
       */
      topic: Topic;
    }
  | {
      type: 'authenticate';
      /**
       * Chosen by the client.
       */
      id: number;
      /**
       * Access token.
       */
      token: string;
    }
  | {
      type: 'pong';
      /**
       * Of the ping.
       */
      number: number;
    }
  | {
      type: 'bye';
    };
/**
 * Why the hub closed a socket.
 */
export type CloseReason =
  | 'protocol_error'
  | 'invalid_text'
  | 'message_too_big'
  | 'draining'
  | 'slow'
  | 'silent'
  | 'overloaded'
  | 'too_fast'
  | 'internal'
  | 'token_expired'
  | 'token_invalid'
  | 'signed_out'
  | 'revoked'
  | 'replaced'
  | 'unsupported_version'
  | 'hello_expected'
  | 'malformed';
/**
 * How somebody is connected.
 */
export type Connection = 'online' | 'reconnecting' | 'offline';
/**
 * How one part of a device check went.
 */
export type DeviceVerdict = 'good' | 'poor' | 'denied' | 'missing' | 'busy' | 'failed' | 'skipped';
/**
 * What happened in a topic.
 */
export type Event =
  | {
      kind: 'visit_changed';
      /**
       * The visit as the viewer may see it now.
       */
      visit: VisitView;
    }
  | {
      kind: 'speaker_changed';
      /**
       * Who; nobody when absent.
       */
      participant_id?: ParticipantId;
    }
  | {
      kind: 'card_changed';
      /**
       * The appointment.
       */
      card: AppointmentCard;
    };
/**
 * The code of a fault: stable, for programs and for support.
 */
export type FaultCode =
  | 'malformed'
  | 'unknown_operation'
  | 'unsupported'
  | 'invalid_value'
  | 'bad_offer'
  | 'too_large'
  | 'unauthenticated'
  | 'wrong_credentials'
  | 'session_ended'
  | 'join_token_invalid'
  | 'join_token_expired'
  | 'join_token_used'
  | 'forbidden'
  | 'not_admitted'
  | 'wrong_origin'
  | 'licence_required'
  | 'not_found'
  | 'visit_closed'
  | 'hold_expired'
  | 'conflict'
  | 'not_allowed_now'
  | 'email_taken'
  | 'key_reused'
  | 'still_running'
  | 'moved'
  | 'slot_taken'
  | 'not_offered'
  | 'too_many_requests'
  | 'too_many_follows'
  | 'too_many_in_flight'
  | 'visit_full'
  | 'unavailable'
  | 'media_unavailable'
  | 'draining'
  | 'deadline_exceeded'
  | 'cancelled'
  | 'outcome_unknown'
  | 'internal';
/**
 * How following began.
 */
export type Followed =
  | {
      result: 'current';
      /**
       * What.
       */
      topic: Topic;
      /**
       * Short name of the topic on this connection, used in events.
       */
      channel: number;
      /**
       * Where events go on.
       */
      position: Position;
    }
  | {
      result: 'snapshot';
      /**
       * What.
       */
      topic: Topic;
      /**
       * Short name of the topic on this connection, used in events.
       */
      channel: number;
      /**
       * The position of this state.
       */
      position: Position;
      /**
       * The whole.
       */
      state: TopicState;
    }
  | {
      result: 'denied';
      /**
       * What.
       */
      topic: Topic;
      /**
       * Why.
       */
      fault: Fault;
    };
/**
 * Why continuity was lost.
 */
export type GapReason = 'slow' | 'epoch';
/**
 * What the clinician does at the moment, as a waiting patient may know.
 */
export type HostState = 'away' | 'online' | 'busy' | 'here';
/**
 * Whether the call took effect. The field that clinical software must not leave open.
 */
export type Outcome = 'none' | 'unknown';
/**
 * Why the SFU holds a video back.
 */
export type Paused = 'bandwidth' | 'hidden';
/**
 * Where somebody is.
 */
export type Place = 'away' | 'waiting' | 'inside' | 'revoked';
/**
 * What a caller may do after a fault.
 */
export type Retry = 'never' | 'now' | 'after' | 'reauthenticate' | 'refresh';
/**
 * What somebody is. Accounts are patients, clinicians, interpreters or administrators; caregivers and colleagues
 * exist only as guests of a visit, and an interpreter can be either.
 */
export type Role = 'patient' | 'clinician' | 'interpreter' | 'caregiver' | 'colleague' | 'admin';
/**
 * What the hub sends.
 */
export type ServerFrame =
  | {
      type: 'welcome';
      /**
       * Of this socket.
       */
      connection_id: ConnectionId;
      /**
       * Name of the node.
       */
      node: string;
      /**
       * The hub's clock.
       */
      now: number;
      /**
       * When the access token ends.
       */
      expires_at: number;
      /**
       * Pings.
       */
      heartbeat: Heartbeat;
      /**
       * Bounds.
       */
      limits: FrameLimits;
      /**
       * One entry for every topic of the hello, in its order.
       */
      followed: Followed[];
    }
  | {
      type: 'reply';
      /**
       * Of the request.
       */
      id: number;
      /**
       * Output of the operation.
       */
      output: unknown;
    }
  | {
      type: 'failed';
      /**
       * Of the request.
       */
      id: number;
      /**
       * Why.
       */
      fault: Fault;
    }
  | {
      type: 'done';
      /**
       * Of the request.
       */
      id: number;
      /**
       * How following began, when it was a follow.
       */
      followed?: Followed;
    }
  | {
      type: 'event';
      /**
       * Short name of the topic on this connection.
       */
      channel: number;
      /**
       * Where it is now.
       */
      position: Position;
      /**
       * When it happened.
       */
      at: number;
      /**
       * What.
       */
      event: Event;
    }
  | {
      type: 'gap';
      /**
       * Short name of the topic on this connection.
       */
      channel: number;
      /**
       * Why.
       */
      why: GapReason;
    }
  | {
      type: 'ping';
      /**
       * To be answered with.
       */
      number: number;
      /**
       * The hub's clock.
       */
      now: number;
      /**
       * Channel and position, of all that is followed.
       */
      marks: Mark[];
    }
  | {
      type: 'reauthenticate';
      /**
       * The socket closes then.
       */
      by: number;
    }
  | {
      type: 'error';
      /**
       * What.
       */
      fault: Fault;
    }
  | {
      type: 'bye';
      /**
       * Close code.
       */
      code: number;
      /**
       * Row of the close table.
       */
      reason: CloseReason;
      /**
       * Wait a random time up to this before connecting again.
       */
      spread_ms: number;
    };
/**
 * What somebody sends.
 */
export type Source = 'microphone' | 'camera' | 'screen';
/**
 * Where a visit is in its life.
 */
export type Stage =
  'scheduled' | 'waiting' | 'admitted' | 'in_call' | 'ended' | 'no_show' | 'cancelled';
/**
 * The whole of a topic, for one viewer.
 */
export type TopicState =
  | {
      kind: 'visit';
      /**
       * The visit as the viewer may see it.
       */
      visit: VisitView;
    }
  | {
      kind: 'agenda';
      /**
       * Earliest first.
       */
      cards: AppointmentCard[];
    };

/**
 * `visit.admit`: from the waiting room into the visit.
 */
export interface AdmitParticipant {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Whom.
   */
  participant_id: ParticipantId;
}
/**
 * An appointment as a list shows it.
 */
export interface AppointmentCard {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
  /**
   * Begin.
   */
  starts_at: number;
  /**
   * End.
   */
  ends_at: number;
  /**
   * IANA zone in which it was agreed.
   */
  time_zone: string;
  /**
   * Who is treated.
   */
  patient: CardPerson;
  /**
   * Who treats.
   */
  clinician: CardPerson;
  /**
   * Where its visit is.
   */
  stage: Stage;
  /**
   * Since when the patient waits, while they do.
   */
  waiting_since?: number;
  /**
   * Whether the clinician is in the room now.
   */
  clinician_present: boolean;
  /**
   * Guests that are invited and not revoked.
   */
  guests: number;
  /**
   * The patient's last device check.
   */
  device_check?: DeviceCheck;
  /**
   * Grows with every change of the visit.
   */
  revision: number;
}
/**
 * Answer of `appointment.list`.
 */
export interface Appointments {
  /**
   * At most 500.
   */
  appointments: AppointmentCard[];
}
/**
 * Answer of `visit.read_attendance`.
 */
export interface Attendance {
  /**
   * By number.
   */
  entries: AttendanceEntry[];
}
/**
 * One line of the attendance.
 */
export interface AttendanceEntry {
  /**
   * 1, 2, 3 … without a gap.
   */
  number: number;
  /**
   * When.
   */
  at: number;
  /**
   * What.
   */
  what: AttendanceKind;
  /**
   * About whom; absent when it is about the visit.
   */
  participant_id?: ParticipantId;
  /**
   * Their name.
   */
  display_name?: string;
  /**
   * Their role.
   */
  role?: Role;
  /**
   * Who did it, when it was somebody else.
   */
  by?: ParticipantId;
}
/**
 * `appointment.cancel`: it will not take place. Whoever waits is told.
 */
export interface CancelAppointment {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
}
/**
 * Somebody on a card.
 */
export interface CardPerson {
  /**
   * Part in the visit.
   */
  participant_id: ParticipantId;
  /**
   * Account.
   */
  person_id: PersonId;
  /**
   * Name.
   */
  display_name: string;
}
/**
 * `appointment.create`: a confirmed appointment of one patient with one clinician.
 */
export interface CreateAppointment {
  /**
   * Who is treated.
   */
  patient_id: PersonId;
  /**
   * Who treats.
   */
  clinician_id: PersonId;
  /**
   * Begin.
   */
  starts_at: number;
  /**
   * End; 5 minutes to 8 hours after the begin.
   */
  ends_at: number;
  /**
   * IANA zone in which it was agreed.
   */
  time_zone: string;
  /**
   * Whether the patient may invite guests.
   */
  patient_may_invite?: boolean;
}
/**
 * `video.create_join_token`: a link into a visit for one participant, to be used once.
 */
export interface CreateJoinToken {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * For whom; the caller when absent. Only staff can ask for somebody else.
   */
  participant_id?: ParticipantId;
}
/**
 * `person.create`: makes an account.
 */
export interface CreatePerson {
  /**
   * 1 to 120 characters.
   */
  display_name: string;
  /**
   * Unique, whatever its case.
   */
  email: string;
  /**
   * 15 to 128 characters (NIST SP 800-63B-4: at least 15 where it is the only factor).
   */
  password: string;
  /**
   * Patient, clinician, interpreter or administrator.
   */
  role: Role;
  /**
   * IANA name such as `Europe/Berlin`.
   */
  time_zone: string;
}
/**
 * `video.create_session`: exchanges a join link, once, for a session that is good for this one visit.
 */
export interface CreateVideoSession {
  /**
   * From the link.
   */
  join_token: string;
}
/**
 * Result of a device check.
 */
export interface DeviceCheck {
  /**
   * Camera.
   */
  camera: DeviceVerdict;
  /**
   * Microphone.
   */
  microphone: DeviceVerdict;
  /**
   * Loudspeaker.
   */
  speaker: DeviceVerdict;
  /**
   * Network.
   */
  network: DeviceVerdict;
}
/**
 * Done, nothing to tell.
 */
export interface Done {}
/**
 * `visit.end`: the visit is over for all, for good.
 */
export interface EndVisit {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * `visit.enter`: the caller is here. The clinician goes in; everybody else waits until admitted.
 */
export interface EnterVisit {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * Why a call failed. The same shape over REST (as the body) and over the WebSocket.
 */
export interface Fault {
  /**
   * Which fault.
   */
  code: FaultCode;
  /**
   * Its number, to be read out to support.
   */
  number: number;
  /**
   * One sentence for developers. Never contains a value that came with the call.
   */
  message: string;
  /**
   * What the caller may do.
   */
  retry: Retry;
  /**
   * Whether the call took effect.
   */
  outcome: Outcome;
  /**
   * Milliseconds to wait before the same call, when `retry` is `after`.
   */
  after_ms?: number;
  /**
   * The field of the request that is to blame, when one is.
   */
  field?: string;
  /**
   * Id of the call, the same as in our logs.
   */
  request_id?: RequestId;
}
/**
 * Bounds that a client can know.
 */
export interface FrameLimits {
  /**
   * See [`MAX_MESSAGE_BYTES`].
   */
  message_bytes: number;
  /**
   * See [`MAX_FRAMES`].
   */
  frames: number;
  /**
   * See [`MAX_IN_FLIGHT`].
   */
  in_flight: number;
  /**
   * See [`MAX_FOLLOWS`].
   */
  follows: number;
}
/**
 * How the server keeps a connection alive.
 */
export interface Heartbeat {
  /**
   * A ping comes at least this often.
   */
  every_ms: number;
  /**
   * Whoever hears nothing for `every_ms + grace_ms` may take the other for gone.
   */
  grace_ms: number;
}
/**
 * `visit.hold`: back to the waiting room; their media ends at once.
 */
export interface HoldParticipant {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Whom.
   */
  participant_id: ParticipantId;
}
/**
 * As `RTCIceServer` of WebRTC.
 */
export interface IceServer {
  /**
   * `stun:` or `turn:` URLs.
   */
  urls: string[];
  /**
   * For TURN.
   */
  username?: string;
  /**
   * For TURN.
   */
  credential?: string;
}
/**
 * `visit.invite`: a link for a guest.
 */
export interface InviteGuest {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Interpreter, caregiver or colleague.
   */
  role: Role;
  /**
   * Name under which all see them; 1 to 120 characters.
   */
  display_name: string;
}
/**
 * An invited guest.
 */
export interface InvitedGuest {
  /**
   * Their part in the visit.
   */
  participant_id: ParticipantId;
  /**
   * Their link.
   */
  link: JoinToken;
}
/**
 * `media.join`: the one offer of a visit. Refused with `not_admitted` before admission.
 */
export interface JoinMedia {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * SDP: microphone, camera, screen (send only), then pairs of audio and video (receive only), the slots.
   */
  offer: string;
}
/**
 * A join link.
 */
export interface JoinToken {
  /**
   * 256 random bits, base64url. Belongs in the fragment of a URL, never in its path or query.
   */
  join_token: string;
  /**
   * The link to open.
   */
  url: string;
  /**
   * For whom.
   */
  participant_id: ParticipantId;
  /**
   * Their role.
   */
  role: Role;
  /**
   * When the link ends, used or not.
   */
  expires_at: number;
}
/**
 * `visit.leave`: the caller goes. The visit goes on, and they can come back.
 */
export interface LeaveVisit {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * `appointment.list`: the caller's appointments, earliest first; an administrator sees all.
 */
export interface ListAppointments {
  /**
   * Ends after this.
   */
  from?: number;
  /**
   * Begins before this.
   */
  until?: number;
}
/**
 * `person.list`: accounts, by name.
 */
export interface ListPeople {
  /**
   * Only this role.
   */
  role?: Role;
}
/**
 * How far a topic is.
 */
export interface Mark {
  /**
   * Short name of the topic on this connection.
   */
  channel: number;
  /**
   * Its latest position.
   */
  position: Position;
}
/**
 * `visit.mark_no_show`: the patient did not come.
 */
export interface MarkNoShow {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * Who the caller is.
 */
export interface Me {
  /**
   * The account; a guest has none.
   */
  person_id?: PersonId;
  /**
   * The one visit of a session that was opened by a join link.
   */
  visit?: OwnVisit;
  /**
   * Name as it is shown to others.
   */
  display_name: string;
  /**
   * Role of this session.
   */
  role: Role;
  /**
   * This sign-in.
   */
  session_id: SessionId;
  /**
   * IANA time zone; absent for guests.
   */
  time_zone?: string;
}
/**
 * The one answer.
 */
export interface MediaAnswer {
  /**
   * SDP.
   */
  answer: string;
  /**
   * Number of this transport; the slot table in the visit's view names the transport that it belongs to.
   */
  transport: number;
  /**
   * Receive slots granted.
   */
  slots: number;
  /**
   * STUN and TURN servers. Empty when the SFU is reached directly.
   */
  ice_servers: IceServer[];
}
/**
 * The viewer's own media.
 */
export interface MediaView {
  /**
   * Number of the transport that the slots belong to.
   */
  transport: number;
  /**
   * True once media can flow.
   */
  is_connected: boolean;
  /**
   * One entry a slot.
   */
  slots: Slot[];
}
/**
 * `visit.mute`: mutes somebody's microphone. There is no remote unmute.
 */
export interface MuteParticipant {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Whom.
   */
  participant_id: ParticipantId;
}
/**
 * What a session from a join link is limited to.
 */
export interface OwnVisit {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * The part in it.
   */
  participant_id: ParticipantId;
}
/**
 * Somebody in the visit.
 */
export interface Participant {
  /**
   * Part in the visit.
   */
  participant_id: ParticipantId;
  /**
   * Name.
   */
  display_name: string;
  /**
   * Role.
   */
  role: Role;
  /**
   * Where they are.
   */
  place: Place;
  /**
   * How they are connected.
   */
  connection: Connection;
  /**
   * Since when they wait, while they do.
   */
  waiting_since?: number;
  /**
   * Their microphone is on and is forwarded.
   */
  microphone: boolean;
  /**
   * The host has muted them; they can unmute themselves.
   */
  muted_by_host: boolean;
  /**
   * Their camera is on.
   */
  camera: boolean;
  /**
   * They share a screen.
   */
  screen: boolean;
  /**
   * Result of their last device check.
   */
  device_check?: DeviceCheck;
  /**
   * Their link, from 0 (unusable) to 5; absent when nothing is known.
   */
  link_score?: number;
}
/**
 * Answer of `person.list`.
 */
export interface People {
  /**
   * At most 500, by name.
   */
  people: Person[];
}
/**
 * A person as an administrator sees them.
 */
export interface Person {
  /**
   * Id.
   */
  person_id: PersonId;
  /**
   * Name as it is shown to others.
   */
  display_name: string;
  /**
   * E-mail address, lower case; the name to sign in with.
   */
  email: string;
  /**
   * Role.
   */
  role: Role;
  /**
   * IANA time zone in which they are shown times.
   */
  time_zone: string;
  /**
   * When the account was made.
   */
  created_at: number;
}
/**
 * Where in a topic: the owner's epoch and the number of the event.
 */
export interface Position {
  /**
   * Changes when offsets can no longer be compared (the owner was started anew).
   */
  epoch: number;
  /**
   * Grows by one with every event.
   */
  offset: number;
}
/**
 * Place in line.
 */
export interface Queue {
  /**
   * 1 is next.
   */
  position: number;
  /**
   * Since when the viewer waits.
   */
  waiting_since: number;
  /**
   * When it may be their turn: not before the appointment, not before those ahead had their time.
   */
  estimated_at: number;
}
/**
 * `appointment.read`: one appointment.
 */
export interface ReadAppointment {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
}
/**
 * `visit.read_attendance`: who came and went, when and why.
 */
export interface ReadAttendance {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * `me.read`: who am I?
 */
export interface ReadMe {}
/**
 * `visit.read`: the visit as the caller may see it.
 */
export interface ReadVisit {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
}
/**
 * `auth.refresh`: a new access token for a session. The refresh token travels in the cookie only, and rotates.
 */
export interface Refresh {
  /**
   * Which of the browser's sessions; names the cookie.
   */
  session_id: SessionId;
}
/**
 * `visit.report_device`: result of the caller's device check.
 */
export interface ReportDevice {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * The result.
   */
  check: DeviceCheck;
}
/**
 * `media.report`: what the caller's browser measures, every few seconds; kept with the visit (D15).
 */
export interface ReportQuality {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Round trip to the SFU.
   */
  round_trip_ms: number;
  /**
   * Per cent of received packets lost, 0 to 100.
   */
  loss_percent: number;
  /**
   * Jitter of received audio.
   */
  jitter_ms: number;
  /**
   * Freezes of received video so far.
   */
  freezes: number;
  /**
   * Received, kbit/s.
   */
  received_kbps: number;
  /**
   * Sent, kbit/s.
   */
  sent_kbps: number;
}
/**
 * `media.restart`: an offer with new ICE credentials for the same transport, after a change of network.
 */
export interface RestartMedia {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * SDP.
   */
  offer: string;
}
/**
 * A topic to follow from a position on.
 */
export interface Resume {
  /**
   * What.
   */
  topic: Topic;
  /**
   * Last position known.
   */
  position?: Position;
}
/**
 * `visit.revoke`: withdraws a guest's invitation; their link, session and media end at once.
 */
export interface RevokeGuest {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Whom.
   */
  participant_id: ParticipantId;
}
/**
 * `media.set_sources`: what the caller sends. What is off is not forwarded, whatever arrives.
 */
export interface SetSources {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * Microphone on.
   */
  microphone: boolean;
  /**
   * Camera on.
   */
  camera: boolean;
  /**
   * Screen shared.
   */
  screen: boolean;
}
/**
 * `media.set_view`: how large the caller shows its slots, so that no more is sent than is seen.
 */
export interface SetView {
  /**
   * The visit.
   */
  appointment_id: AppointmentId;
  /**
   * At most 32 entries.
   */
  sizes: SlotSize[];
}
/**
 * `auth.sign_in`: opens a session. Over REST the refresh token comes in an HttpOnly cookie of this session's name.
 */
export interface SignIn {
  /**
   * Whatever its case.
   */
  email: string;
  /**
   * Compared whole.
   */
  password: string;
}
/**
 * `auth.sign_out`: ends the session of the caller and closes its sockets.
 */
export interface SignOut {}
/**
 * An open session.
 */
export interface SignedIn {
  /**
   * JWT (EdDSA) of 15 minutes.
   */
  access_token: string;
  /**
   * When it ends.
   */
  expires_at: number;
  /**
   * Who.
   */
  me: Me;
}
/**
 * What one receive slot shows.
 */
export interface Slot {
  /**
   * Index, by order of the receive lines in the offer.
   */
  slot: number;
  /**
   * Who is in it; nobody when absent.
   */
  participant_id?: ParticipantId;
  /**
   * `camera` (with the microphone beside it) or `screen`.
   */
  source: Source;
  /**
   * Why video is held back, while it is.
   */
  paused?: Paused;
}
/**
 * Size of one slot in device pixels; 0×0 when it is not shown.
 */
export interface SlotSize {
  /**
   * Index, by order of the receive lines in the offer.
   */
  slot: number;
  /**
   * Pixels.
   */
  width: number;
  /**
   * Pixels.
   */
  height: number;
}
/**
 * A session for one visit.
 */
export interface VideoSession {
  /**
   * The room, which is the appointment.
   */
  room_id: AppointmentId;
  /**
   * Access token, JWT of 15 minutes, good for this visit only.
   */
  token: string;
  /**
   * When it ends.
   */
  expires_at: number;
  /**
   * Who.
   */
  me: Me;
  /**
   * STUN and TURN servers. Empty when the SFU is reached directly.
   */
  ice_servers: IceServer[];
}
/**
 * A visit as one viewer may see it. Before admission `participants` holds the viewer alone and `media` is absent.
 */
export interface VisitView {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
  /**
   * Stage.
   */
  stage: Stage;
  /**
   * Begin of the appointment.
   */
  starts_at: number;
  /**
   * End of the appointment.
   */
  ends_at: number;
  /**
   * IANA zone in which it was agreed.
   */
  time_zone: string;
  /**
   * The viewer's part; absent for administrators.
   */
  you?: ParticipantId;
  /**
   * Name of the clinician.
   */
  clinician_name: string;
  /**
   * What the clinician does.
   */
  clinician: HostState;
  /**
   * Place in line, for a patient who waits.
   */
  queue?: Queue;
  /**
   * The roster, as far as the viewer may see it, the viewer included.
   */
  participants: Participant[];
  /**
   * The viewer's own media, once joined.
   */
  media?: MediaView;
  /**
   * When patient and clinician were first together.
   */
  call_started_at?: number;
  /**
   * What the viewer may do.
   */
  can: Can[];
  /**
   * Grows with every durable change.
   */
  revision: number;
}

/** Every operation with what it takes and what it gives. */
export interface OperationMap {
  'auth.sign_in': { params: SignIn; output: SignedIn };
  'auth.refresh': { params: Refresh; output: SignedIn };
  'auth.sign_out': { params: SignOut; output: Done };
  'me.read': { params: ReadMe; output: Me };
  'person.create': { params: CreatePerson; output: Person };
  'person.list': { params: ListPeople; output: People };
  'appointment.create': { params: CreateAppointment; output: AppointmentCard };
  'appointment.list': { params: ListAppointments; output: Appointments };
  'appointment.read': { params: ReadAppointment; output: AppointmentCard };
  'appointment.cancel': { params: CancelAppointment; output: AppointmentCard };
  'video.create_join_token': { params: CreateJoinToken; output: JoinToken };
  'video.create_session': { params: CreateVideoSession; output: VideoSession };
  'visit.read': { params: ReadVisit; output: VisitView };
  'visit.enter': { params: EnterVisit; output: VisitView };
  'visit.leave': { params: LeaveVisit; output: VisitView };
  'visit.admit': { params: AdmitParticipant; output: VisitView };
  'visit.hold': { params: HoldParticipant; output: VisitView };
  'visit.mute': { params: MuteParticipant; output: VisitView };
  'visit.invite': { params: InviteGuest; output: InvitedGuest };
  'visit.revoke': { params: RevokeGuest; output: VisitView };
  'visit.end': { params: EndVisit; output: VisitView };
  'visit.mark_no_show': { params: MarkNoShow; output: VisitView };
  'visit.report_device': { params: ReportDevice; output: VisitView };
  'visit.read_attendance': { params: ReadAttendance; output: Attendance };
  'media.join': { params: JoinMedia; output: MediaAnswer };
  'media.restart': { params: RestartMedia; output: MediaAnswer };
  'media.set_sources': { params: SetSources; output: Done };
  'media.set_view': { params: SetView; output: Done };
  'media.report': { params: ReportQuality; output: Done };
}

/** Operations that change durable state: each call of one carries an idempotency key. */
export const WRITES: readonly string[] = ["auth.sign_in","auth.refresh","auth.sign_out","person.create","appointment.create","appointment.cancel","video.create_join_token","video.create_session","visit.enter","visit.leave","visit.admit","visit.hold","visit.invite","visit.revoke","visit.end","visit.mark_no_show","visit.report_device"];

/** What a client does after the socket closed. */
export type Verdict = 'bug' | 'resume' | 'back_off' | 'reauthenticate' | 'stop';

/** Number and retry class of every fault. */
export const FAULTS: Readonly<Record<FaultCode, readonly [number, Retry]>> = {
  malformed: [1000, 'never'],
  unknown_operation: [1001, 'never'],
  unsupported: [1002, 'never'],
  invalid_value: [1003, 'never'],
  bad_offer: [1004, 'never'],
  too_large: [1005, 'never'],
  unauthenticated: [2000, 'reauthenticate'],
  wrong_credentials: [2001, 'never'],
  session_ended: [2002, 'reauthenticate'],
  join_token_invalid: [2003, 'never'],
  join_token_expired: [2004, 'never'],
  join_token_used: [2005, 'never'],
  forbidden: [3000, 'never'],
  not_admitted: [3001, 'refresh'],
  wrong_origin: [3002, 'never'],
  licence_required: [3003, 'never'],
  not_found: [4000, 'never'],
  visit_closed: [4100, 'never'],
  hold_expired: [4101, 'refresh'],
  conflict: [5000, 'refresh'],
  not_allowed_now: [5001, 'refresh'],
  email_taken: [5002, 'never'],
  key_reused: [5003, 'never'],
  still_running: [5004, 'after'],
  moved: [5005, 'now'],
  slot_taken: [5006, 'refresh'],
  not_offered: [5007, 'refresh'],
  too_many_requests: [6000, 'after'],
  too_many_follows: [6001, 'never'],
  too_many_in_flight: [6002, 'after'],
  visit_full: [6003, 'never'],
  unavailable: [7000, 'after'],
  media_unavailable: [7001, 'after'],
  draining: [7002, 'after'],
  deadline_exceeded: [8000, 'now'],
  cancelled: [8001, 'now'],
  outcome_unknown: [8002, 'now'],
  internal: [9000, 'after'],
};

/** Reason and verdict of every close code. */
export const CLOSES: Readonly<Record<number, readonly [CloseReason, Verdict]>> = {
  1002: ['protocol_error', 'bug'],
  1007: ['invalid_text', 'bug'],
  1009: ['message_too_big', 'bug'],
  4000: ['draining', 'resume'],
  4001: ['slow', 'resume'],
  4002: ['silent', 'resume'],
  4100: ['overloaded', 'back_off'],
  4101: ['too_fast', 'back_off'],
  4102: ['internal', 'back_off'],
  4200: ['token_expired', 'reauthenticate'],
  4201: ['token_invalid', 'reauthenticate'],
  4300: ['signed_out', 'stop'],
  4301: ['revoked', 'stop'],
  4302: ['replaced', 'stop'],
  4303: ['unsupported_version', 'stop'],
  4400: ['hello_expected', 'bug'],
  4401: ['malformed', 'bug'],
};
