// Generated from docs/protocol/schema.json by tests/protocol.test.ts. Do not edit.

/** Something to follow. */
export type Topic = `visit:${string}` | `agenda:${string}` | `schedule:${string}` | `openings:${string}` | `conversation:${string}` | `mailbox:${string}`;

/** Id of an appointment: a UUID as text. */
export type AppointmentId = string & { readonly __id: 'AppointmentId' };
/** Id of an audit: a UUID as text. */
export type AuditId = string & { readonly __id: 'AuditId' };
/** Id of a connection: a UUID as text. */
export type ConnectionId = string & { readonly __id: 'ConnectionId' };
/** Id of a conversation: a UUID as text. */
export type ConversationId = string & { readonly __id: 'ConversationId' };
/** Id of an erasure: a UUID as text. */
export type ErasureId = string & { readonly __id: 'ErasureId' };
/** Id of an exception: a UUID as text. */
export type ExceptionId = string & { readonly __id: 'ExceptionId' };
/** Id of a factor: a UUID as text. */
export type FactorId = string & { readonly __id: 'FactorId' };
/** Id of a file: a UUID as text. */
export type FileId = string & { readonly __id: 'FileId' };
/** Id of a grant: a UUID as text. */
export type GrantId = string & { readonly __id: 'GrantId' };
/** Id of a hold: a UUID as text. */
export type HoldId = string & { readonly __id: 'HoldId' };
/** Id of an identity: a UUID as text. */
export type IdentityId = string & { readonly __id: 'IdentityId' };
/** Id of a legalhold: a UUID as text. */
export type LegalHoldId = string & { readonly __id: 'LegalHoldId' };
/** Id of a member: a UUID as text. */
export type MemberId = string & { readonly __id: 'MemberId' };
/** Id of a message: a UUID as text. */
export type MessageId = string & { readonly __id: 'MessageId' };
/** Id of a notice: a UUID as text. */
export type NoticeId = string & { readonly __id: 'NoticeId' };
/** Id of a participant: a UUID as text. */
export type ParticipantId = string & { readonly __id: 'ParticipantId' };
/** Id of a payment: a UUID as text. */
export type PaymentId = string & { readonly __id: 'PaymentId' };
/** Id of a person: a UUID as text. */
export type PersonId = string & { readonly __id: 'PersonId' };
/** Id of a report: a UUID as text. */
export type ReportId = string & { readonly __id: 'ReportId' };
/** Id of a request: a UUID as text. */
export type RequestId = string & { readonly __id: 'RequestId' };
/** Id of a series: a UUID as text. */
export type SeriesId = string & { readonly __id: 'SeriesId' };
/** Id of a service: a UUID as text. */
export type ServiceId = string & { readonly __id: 'ServiceId' };
/** Id of a session: a UUID as text. */
export type SessionId = string & { readonly __id: 'SessionId' };
/** Id of a slot: a UUID as text. */
export type SlotId = string & { readonly __id: 'SlotId' };
/** Id of a task: a UUID as text. */
export type TaskId = string & { readonly __id: 'TaskId' };
/** Id of a template: a UUID as text. */
export type TemplateId = string & { readonly __id: 'TemplateId' };
/** Id of a waitlist: a UUID as text. */
export type WaitlistId = string & { readonly __id: 'WaitlistId' };

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
  | 'cancelled'
  | 'time_over';
/**
 * Which clinicians; each includes those before it.
 */
export type Audience = 'treating' | 'care_team' | 'clinicians';
/**
 * How a file is written.
 */
export type AuditFormat = 'csv' | 'ndjson' | 'fhir';
/**
 * Why somebody may see something.
 */
export type Basis = 'treating' | 'care_team' | 'shared' | 'emergency';
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
       * What must still be so: otherwise `stale`, and nothing changes.
       */
      if?: Precondition;
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
  | 'busy'
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
 * What somebody agrees to.
 */
export type ConsentKind = 'telehealth' | 'sharing' | 'analytics';
/**
 * How somebody stands to something.
 */
export type ConsentState = 'missing' | 'given' | 'withdrawn';
/**
 * What a conversation is for.
 */
export type ConversationKind = 'visit' | 'care';
/**
 * Whether somebody of the clinic has to do something.
 */
export type ConversationStatus = 'needs_answer' | 'quiet' | 'resolved';
/**
 * How far a message has come with somebody. Each stands for those before it.
 */
export type DeliveryState = 'committed' | 'delivered' | 'displayed';
/**
 * What a text, a name or a file holds that may not belong there.
 */
export type DetectorKind =
  | 'payment_card'
  | 'national_id'
  | 'private_key'
  | 'access_key'
  | 'token'
  | 'password'
  | 'record_number'
  | 'other_people'
  | 'unread';
/**
 * How one part of a device check went.
 */
export type DeviceVerdict = 'good' | 'poor' | 'denied' | 'missing' | 'busy' | 'failed' | 'skipped';
/**
 * Why a record is opened by somebody who does not treat the patient.
 */
export type EmergencyReason = 'danger' | 'cannot_consent' | 'covers_colleague' | 'other';
/**
 * What was found when it was looked into.
 */
export type EmergencyVerdict = 'appropriate' | 'inappropriate';
/**
 * What takes a practitioner's time.
 */
export type EntryKind = 'held' | 'booked';
/**
 * How much goes.
 */
export type ErasureScope = 'everything' | 'conversations';
/**
 * Where an erasure stands.
 */
export type ErasureState = 'asked' | 'done';
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
    }
  | {
      kind: 'hours_changed';
      /**
       * Hours and deviations.
       */
      hours: Hours;
    }
  | {
      kind: 'entry_changed';
      /**
       * The entry.
       */
      entry: CalendarEntry;
    }
  | {
      kind: 'entry_removed';
      /**
       * Which.
       */
      slot_id: SlotId;
    }
  | {
      kind: 'openings_changed';
    }
  | {
      kind: 'message_posted';
      /**
       * As it is now, which may be edited or deleted when it is replayed.
       */
      message: Message;
    }
  | {
      kind: 'message_changed';
      /**
       * As it is now.
       */
      message: Message;
    }
  | {
      kind: 'member_changed';
      /**
       * As they are now.
       */
      member: ConversationMember;
    }
  | {
      kind: 'conversation_changed';
      /**
       * As the viewer may see it now.
       */
      conversation: ConversationView;
    }
  | {
      kind: 'marks_changed';
      /**
       * Whose, and how far.
       */
      marks: MemberMarks[];
    }
  | {
      kind: 'presence_changed';
      /**
       * Who, and where.
       */
      presence: MemberPresence[];
    }
  | {
      kind: 'typing';
      /**
       * Who.
       */
      member_id: MemberId;
      /**
       * Whether they are.
       */
      is_typing: boolean;
    }
  | {
      kind: 'conversation_card_changed';
      /**
       * As the viewer may see it now.
       */
      card: ConversationCard;
    }
  | {
      kind: 'conversation_removed';
      /**
       * Which.
       */
      conversation_id: ConversationId;
    };
/**
 * Whether a deviation opens or closes.
 */
export type ExceptionKind = 'open' | 'closed';
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
  | 'provider_refused'
  | 'provider_distrusted'
  | 'identity_unknown'
  | 'forbidden'
  | 'not_admitted'
  | 'wrong_origin'
  | 'licence_required'
  | 'payment_required'
  | 'content_blocked'
  | 'factor_required'
  | 'step_up'
  | 'wrong_factor'
  | 'tls_required'
  | 'not_this_way'
  | 'not_found'
  | 'visit_closed'
  | 'hold_expired'
  | 'challenge_ended'
  | 'link_ended'
  | 'conflict'
  | 'not_allowed_now'
  | 'email_taken'
  | 'key_reused'
  | 'still_running'
  | 'moved'
  | 'slot_taken'
  | 'not_offered'
  | 'stale'
  | 'wrong_offset'
  | 'content_warned'
  | 'identity_taken'
  | 'kept_elsewhere'
  | 'too_many_requests'
  | 'too_many_follows'
  | 'too_many_in_flight'
  | 'visit_full'
  | 'file_quota'
  | 'emergency_quota'
  | 'unavailable'
  | 'media_unavailable'
  | 'draining'
  | 'deadline_exceeded'
  | 'cancelled'
  | 'outcome_unknown'
  | 'internal';
/**
 * What of a record is shared or withheld together.
 */
export type FieldClass = 'identity' | 'contact' | 'insurance' | 'complaint' | 'visits' | 'messages';
/**
 * Why a file is quarantined or refused.
 */
export type FileFault =
  | 'infected'
  | 'type_not_allowed'
  | 'type_mismatch'
  | 'active_content'
  | 'encrypted'
  | 'too_many_pixels'
  | 'damaged'
  | 'sensitive';
/**
 * Where a file is on its way.
 */
export type FileState = 'uploading' | 'checking' | 'clear' | 'quarantined' | 'refused' | 'expired';
/**
 * Which of a file's contents.
 */
export type FileVariant = 'original' | 'preview' | 'thumbnail';
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
      result: 'resumed';
      /**
       * What.
       */
      topic: Topic;
      /**
       * Short name of the topic on this connection, used in events.
       */
      channel: number;
      /**
       * Where it leads to.
       */
      position: Position;
      /**
       * Earliest first, at most [`MAX_REPLAYED`]; what passes by comes last and as it is now.
       */
      events: PastEvent[];
      /**
       * Whether more has been missed than fits.
       */
      has_more: boolean;
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
 * What happened to an appointment.
 */
export type HistoryKind = 'booked' | 'moved' | 'cancelled';
/**
 * What the clinician does at the moment, as a waiting patient may know.
 */
export type HostState = 'away' | 'online' | 'busy' | 'here';
/**
 * By which way.
 */
export type NoticeChannel = 'email' | 'sms' | 'inbox';
/**
 * What a message to somebody is about, as far as support may know.
 */
export type NoticeMatter = 'appointment' | 'message' | 'record' | 'account';
/**
 * Where a message to somebody is.
 */
export type NoticeProgress = 'pending' | 'sent' | 'skipped' | 'dead';
/**
 * What is told.
 */
export type NoticeTopic =
  | 'booked'
  | 'moved'
  | 'cancelled'
  | 'day_before'
  | 'hour_before'
  | 'place_free'
  | 'new_message'
  | 'record_opened'
  | 'review_due'
  | 'password_asked'
  | 'invited'
  | 'password_changed';
/**
 * With whom a conversation is opened.
 */
export type OpenWith =
  | {
      kind: 'visit';
      /**
       * Which.
       */
      appointment_id: AppointmentId;
    }
  | {
      kind: 'person';
      /**
       * Who.
       */
      person_id: PersonId;
    };
/**
 * Whether the call took effect. The field that clinical software must not leave open.
 */
export type Outcome = 'none' | 'applied' | 'unknown';
/**
 * Why something is sent although the hub warned. A word and not a text, because it goes into the audit.
 */
export type OverrideReason = 'false_alarm' | 'own_data' | 'needed_for_care';
/**
 * Why the SFU holds a video back.
 */
export type Paused = 'bandwidth' | 'hidden';
/**
 * Where a payment is.
 */
export type PaymentState =
  | 'pending'
  | 'declined'
  | 'authorised'
  | 'voiding'
  | 'voided'
  | 'booked'
  | 'captured'
  | 'uncollected'
  | 'refunding'
  | 'refunded'
  | 'kept';
/**
 * Whether somebody can sign in.
 */
export type PersonStatus = 'active' | 'suspended' | 'erased' | 'elsewhere' | 'invited';
/**
 * Where somebody is.
 */
export type Place = 'away' | 'waiting' | 'inside' | 'revoked';
/**
 * Where somebody is, of all their sockets.
 */
export type Presence = 'online' | 'away' | 'in_visit' | 'reconnecting' | 'offline';
/**
 * A program that people sign in with. In the order in which they give themselves for others.
 */
export type Program = 'edge' | 'opera' | 'firefox' | 'chrome' | 'safari' | 'other';
/**
 * A proof that it is them.
 */
export type Proof =
  | {
      kind: 'totp';
      /**
       * Six digits; blanks do not count.
       */
      code: string;
    }
  | {
      kind: 'passkey';
      /**
       * What it signed.
       */
      assertion: PasskeyAssertion;
    }
  | {
      kind: 'recovery';
      /**
       * Sixteen letters; case, blanks and hyphens do not count.
       */
      code: string;
    }
  | {
      kind: 'password';
      /**
       * Compared whole.
       */
      password: string;
    };
/**
 * A kind of proof.
 */
export type ProofKind = 'totp' | 'passkey' | 'recovery' | 'password';
/**
 * What a caller may do after a fault.
 */
export type Retry = 'never' | 'now' | 'after' | 'reauthenticate' | 'refresh';
/**
 * What somebody is. Accounts are patients, clinicians, interpreters, administrators or support; caregivers and colleagues
 * exist only as guests of a visit, and an interpreter can be either.
 */
export type Role =
  'patient' | 'clinician' | 'interpreter' | 'caregiver' | 'colleague' | 'admin' | 'support';
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
      type: 'drain';
      /**
       * This socket is closed after that time.
       */
      within_ms: number;
      /**
       * Wait a random time up to this before opening the other one.
       */
      spread_ms: number;
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
      /**
       * And so long before that; not at all when absent.
       */
      after_ms?: number;
    };
/**
 * Answer of `auth.sign_in`.
 */
export type SignInAnswer =
  | {
      status: 'signed_in';
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
  | {
      status: 'factor_required';
      /**
       * Goes back with the proof.
       */
      challenge: string;
      /**
       * When it ends.
       */
      expires_at: number;
      /**
       * What would prove it.
       */
      methods: ProofKind[];
      /**
       * For `navigator.credentials.get`, when there is a passkey.
       */
      passkey?: PasskeyRequest;
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
 * In which order times are proposed.
 */
export type Strategy = 'earliest' | 'urgency' | 'continuity' | 'round_robin';
/**
 * What it runs on. In the order in which they give themselves for others.
 */
export type System = 'android' | 'iphone' | 'ipad' | 'windows' | 'macos' | 'linux' | 'other';
/**
 * What has to be looked at.
 */
export type TaskKind = 'zone_changed' | 'zone_conflict';
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
    }
  | {
      kind: 'schedule';
      /**
       * Hours and deviations.
       */
      hours: Hours;
      /**
       * What is held and booked and not over, by begin.
       */
      entries: CalendarEntry[];
    }
  | {
      kind: 'openings';
    }
  | {
      kind: 'conversation';
      /**
       * The conversation as the viewer may see it.
       */
      conversation: ConversationView;
      /**
       * The latest messages, earliest first, at most
       * [`MESSAGES_IN_SNAPSHOT`](crate::protocol::conversation::MESSAGES_IN_SNAPSHOT).
       */
      messages: Message[];
      /**
       * Whether there are older ones.
       */
      has_older: boolean;
      /**
       * How far everybody got who is in it.
       */
      marks: MemberMarks[];
      /**
       * Where everybody is who is in it.
       */
      presence: MemberPresence[];
    }
  | {
      kind: 'mailbox';
      /**
       * The most recently active first, at most 200.
       */
      cards: ConversationCard[];
    };

/**
 * One line about who had to do with somebody's record.
 */
export interface AccessLine {
  /**
   * When.
   */
  at: number;
  /**
   * Who, as the audit log names them: `person:…` or `participant:…`.
   */
  caller?: string;
  /**
   * In which role.
   */
  role?: Role;
  /**
   * What they did.
   */
  operation: string;
  /**
   * How it ended: `begin`, `ok` or the code of a fault.
   */
  phase: string;
}
/**
 * `factor.add_passkey`: the passkey that was made.
 */
export interface AddPasskey {
  /**
   * From `factor.begin_passkey`.
   */
  challenge: string;
  /**
   * What the owner calls it, 1 to 60 characters.
   */
  name: string;
  /**
   * It.
   */
  passkey: PasskeyAttestation;
}
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
   * Grows when it is moved or cancelled.
   */
  version: number;
  /**
   * What it is for; absent when an administrator placed it.
   */
  service_id?: ServiceId;
  /**
   * What the patient said it is about.
   */
  reason?: string;
  /**
   * The series that it is one of.
   */
  series_id?: SeriesId;
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
 * `record.ask_erasure`: the caller, a patient, asks that everything about them goes, or their conversations alone. One of each may wait;
 * asking for the same again changes nothing.
 */
export interface AskErasure {
  /**
   * How much; everything when absent. A hub of before knows nothing else, and refuses the other.
   */
  scope?: ErasureScope;
}
/**
 * `auth.ask_reset`: a link to choose a new password, for who has forgotten theirs. The answer is the same whether there is such an
 * account or not; where there is, and it can sign in, the link comes by e-mail.
 */
export interface AskReset {
  /**
   * Whatever its case.
   */
  email: string;
}
/**
 * `conversation.assign`: another clinician looks after it from now on, and becomes a member.
 */
export interface AssignConversation {
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * To whom.
   */
  clinician_id: PersonId;
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
 * Who called.
 */
export interface AuditCaller {
  /**
   * The account, if they have one.
   */
  person_id?: PersonId;
  /**
   * Their part in a visit, when they came by a link.
   */
  participant_id?: ParticipantId;
  /**
   * Name; absent when there is no such account any more.
   */
  display_name?: string;
  /**
   * The role they had then.
   */
  role?: Role;
}
/**
 * Answer of `audit.checkpoint`. Whoever keeps one can later show that the log was not changed since.
 */
export interface AuditCheckpoint {
  /**
   * The signed note (C2SP `tlog-checkpoint`): text, empty line, signature.
   */
  note: string;
  /**
   * Name of the log.
   */
  origin: string;
  /**
   * Entries that it covers.
   */
  size: number;
  /**
   * Root of the tree, base64.
   */
  root: string;
  /**
   * When it was signed.
   */
  at: number;
  /**
   * Id of the key, hexadecimal.
   */
  kid: string;
  /**
   * The key as the command line takes it: `<name>+<id>+<key>`.
   */
  key: string;
  /**
   * The key itself: Ed25519, 32 bytes, base64.
   */
  public_key: string;
}
/**
 * What an entry commits to.
 */
export interface AuditDetail {
  /**
   * 32 bytes, hexadecimal.
   */
  salt: string;
  /**
   * Canonical JSON.
   */
  text: string;
}
/**
 * One call, as the audit log has it.
 */
export interface AuditEntry {
  /**
   * Which.
   */
  audit_id: AuditId;
  /**
   * Its number in the signed log; absent until it has one.
   */
  entry?: number;
  /**
   * When.
   */
  at: number;
  /**
   * The call, as in logs and faults.
   */
  request_id: RequestId;
  /**
   * Who; absent when nobody was signed in.
   */
  caller?: AuditCaller;
  /**
   * What was called.
   */
  operation: string;
  /**
   * `ok`, the code of a fault, or `begin`.
   */
  outcome: string;
  /**
   * What it was about, when the call named something.
   */
  target?: AuditTarget;
  /**
   * Whose records it touched, as far as they have an account.
   */
  patients: AuditPerson[];
  /**
   * How many things came back, of a call that reads.
   */
  returned?: number;
  /**
   * The network it came from, such as `203.0.113.0/24`; of calls that try a secret.
   */
  network?: string;
}
/**
 * Answer of `audit.read_event`.
 */
export interface AuditEvents {
  /**
   * A FHIR R4 bundle (`application/fhir+json`) as text: one `AuditEvent`, or one for each patient whom the entry is about.
   */
  fhir: string;
}
/**
 * Answer of `audit.export`.
 */
export interface AuditFile {
  /**
   * What to call it.
   */
  file_name: string;
  /**
   * `text/csv`, `application/x-ndjson` or `application/fhir+ndjson`.
   */
  content_type: string;
  /**
   * What is in it.
   */
  text: string;
  /**
   * Lines, the head of a table not counted.
   */
  rows: number;
  /**
   * For the next file; absent when this is the last.
   */
  cursor?: string;
}
/**
 * What is looked for: the filters of `audit.search`. Every one narrows.
 */
export interface AuditFilters {
  /**
   * Called by this account.
   */
  person_id?: PersonId;
  /**
   * About the record of this patient.
   */
  patient_id?: PersonId;
  /**
   * This operation, such as `visit.admit`.
   */
  operation?: string;
  /**
   * That ended so.
   */
  outcome?: string;
  /**
   * At or after this.
   */
  from?: number;
  /**
   * Before this.
   */
  until?: number;
}
/**
 * Whose record.
 */
export interface AuditPerson {
  /**
   * Account.
   */
  person_id: PersonId;
  /**
   * Name.
   */
  display_name?: string;
}
/**
 * Answer of `audit.prove`. The hash of the leaf is SHA-256(0x00, leaf), that of a node SHA-256(0x01, left, right); `hashes` lead from the
 * leaf to the root that is signed (RFC 9162).
 */
export interface AuditProof {
  /**
   * Number of the entry.
   */
  entry: number;
  /**
   * Entries that the checkpoint covers.
   */
  size: number;
  /**
   * What is hashed: canonical JSON without names.
   */
  leaf: string;
  /**
   * From the leaf up, base64.
   */
  hashes: string[];
  /**
   * The signed note.
   */
  checkpoint: string;
  /**
   * What the leaf hides, for administrators: `leaf.detail` is SHA-256(salt, text).
   */
  detail?: AuditDetail;
}
/**
 * Answer of `audit.search`.
 */
export interface AuditRecords {
  /**
   * Newest first.
   */
  records: AuditEntry[];
  /**
   * For the next page; absent when this is the last.
   */
  cursor?: string;
}
/**
 * One report.
 */
export interface AuditReport {
  /**
   * Which.
   */
  report_id: ReportId;
  /**
   * What it is called.
   */
  name: string;
  /**
   * What it looks for.
   */
  filters: AuditFilters;
  /**
   * Whether all administrators of the organisation see it.
   */
  shared: boolean;
  /**
   * Who made it, and may remove it.
   */
  made_by: PersonId;
  /**
   * When it was saved last.
   */
  saved_at: number;
}
/**
 * Answer of `audit.list_reports`.
 */
export interface AuditReports {
  /**
   * The caller's own first, then those of others that are shared; each by name.
   */
  reports: AuditReport[];
}
/**
 * What a call was about.
 */
export interface AuditTarget {
  /**
   * Kind of thing: `appointment`, `participant`, `patient`, `conversation` and so on.
   */
  kind: string;
  /**
   * Its id.
   */
  id: string;
}
/**
 * `file.begin`: a file will be uploaded into a conversation in which the caller may write.
 */
export interface BeginFile {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * Its name: 1 to 255 bytes. Folders in front of it, control characters and overrides of the direction of text are taken off.
   */
  name: string;
  /**
   * How large: 1 to 26214400.
   */
  bytes: number;
  /**
   * What it claims to be.
   */
  content_type?: string;
  /**
   * The name is meant although the hub warned of it.
   */
  override?: Override;
}
/**
 * `identity.begin_link`: where the browser is to go, so that an identity of a provider is linked to the account of the caller.
 */
export interface BeginLink {
  /**
   * Which.
   */
  provider_id: string;
}
/**
 * `factor.begin_passkey`: what a new passkey is to be made for.
 */
export interface BeginPasskey {}
/**
 * `auth.begin_passkey`: signing in with a passkey and nothing else.
 */
export interface BeginPasskeySignIn {}
/**
 * `payment.begin`: what is held shall be paid. Asked again for the same hold, it is the same payment.
 */
export interface BeginPayment {
  /**
   * As the hold was answered.
   */
  hold_token: string;
  /**
   * What the appointment is about, at most 500 characters; for the clinician. The provider is not told.
   */
  reason?: string;
}
/**
 * `auth.begin_step_up`: what would prove that it is still them.
 */
export interface BeginStepUp {}
/**
 * `factor.begin_totp`: a secret for an authenticator app. It counts from its confirmation on.
 */
export interface BeginTotp {
  /**
   * What the owner calls it, 1 to 60 characters.
   */
  name: string;
}
/**
 * Answer of `file.begin`: send its bytes to `/v1/files/{file_id}/content`.
 */
export interface BegunFile {
  /**
   * The file.
   */
  file_id: FileId;
  /**
   * What is kept of an upload that is interrupted is a multiple of so many bytes.
   */
  chunk_bytes: number;
  /**
   * Until when it has to be completed and attached.
   */
  expires_at: number;
}
/**
 * A practitioner's time. Who the appointments are with stands in their cards (`agenda:<id>`).
 */
export interface Calendar {
  /**
   * By begin.
   */
  entries: CalendarEntry[];
  /**
   * When they work, by begin.
   */
  open: OpenHours[];
}
/**
 * One thing in a practitioner's calendar.
 */
export interface CalendarEntry {
  /**
   * Which.
   */
  slot_id: SlotId;
  /**
   * Held or booked.
   */
  kind: EntryKind;
  /**
   * Begin.
   */
  starts_at: number;
  /**
   * End.
   */
  ends_at: number;
  /**
   * Begin of the time that is kept free before.
   */
  busy_from: number;
  /**
   * End of the time that is kept free after.
   */
  busy_until: number;
  /**
   * When the hold ends.
   */
  expires_at?: number;
  /**
   * The appointment.
   */
  appointment_id?: AppointmentId;
  /**
   * What for.
   */
  service_id?: ServiceId;
  /**
   * Place in a group, from 0.
   */
  seat: number;
}
/**
 * Answer of `appointment.read_calendar_file`.
 */
export interface CalendarFile {
  /**
   * A name for the file.
   */
  file_name: string;
  /**
   * Its text, `text/calendar`.
   */
  text: string;
}
/**
 * `appointment.cancel`: it will not take place. By its patient, its clinician or an administrator; whoever waits is
 * told, and its time is free again.
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
 * `auth.change_password`: of the caller. Every other sign-in of theirs ends.
 */
export interface ChangePassword {
  /**
   * At least 15 characters, or 8 with a second factor; at most 256. No rules beyond that it cannot be guessed easily.
   */
  password: string;
}
/**
 * What kind of client a sign-in is of: enough to know one's own, too little to follow anybody.
 */
export interface ClientKind {
  /**
   * Which program.
   */
  program: Program;
  /**
   * On what.
   */
  system: System;
}
/**
 * Answer of `closure.list`.
 */
export interface Closures {
  /**
   * Earliest first.
   */
  closures: ExceptionCard[];
}
/**
 * `payment.confirm`: books what was paid for. Asked again, it answers the same appointment.
 */
export interface ConfirmPayment {
  /**
   * Which.
   */
  payment_id: PaymentId;
}
/**
 * `factor.confirm_totp`: the app shows a code of it.
 */
export interface ConfirmTotp {
  /**
   * Which was begun.
   */
  factor_id: FactorId;
  /**
   * Six digits.
   */
  code: string;
}
/**
 * One consent.
 */
export interface ConsentCard {
  /**
   * To what.
   */
  kind: ConsentKind;
  /**
   * Under which law: ISO 3166-1 or 3166-2 code; empty where none is named.
   */
  jurisdiction: string;
  /**
   * The version of the text that holds there now.
   */
  version: string;
  /**
   * How they stand to it.
   */
  state: ConsentState;
  /**
   * When they said so last.
   */
  at?: number;
  /**
   * Whether a visit there cannot be entered without it.
   */
  is_required: boolean;
}
/**
 * Answer of `consent.list`.
 */
export interface Consents {
  /**
   * One for each kind, as it holds in that jurisdiction.
   */
  consents: ConsentCard[];
}
/**
 * A conversation in somebody's list.
 */
export interface ConversationCard {
  /**
   * The conversation.
   */
  conversation: ConversationView;
  /**
   * The last message that was not deleted.
   */
  last?: Message;
  /**
   * When something was last posted, or when it was opened.
   */
  active_at: number;
  /**
   * Messages of others that the viewer has not had before their eyes; at most 999.
   */
  unread: number;
}
/**
 * Somebody's part in a conversation.
 */
export interface ConversationMember {
  /**
   * Which.
   */
  member_id: MemberId;
  /**
   * Account; guests of a visit have none.
   */
  person_id?: PersonId;
  /**
   * In which role.
   */
  role: Role;
  /**
   * Name that the others see.
   */
  display_name: string;
  /**
   * Since when.
   */
  joined_at: number;
  /**
   * Since when not any more.
   */
  left_at?: number;
  /**
   * Until when they are out of office.
   */
  away_until?: number;
}
/**
 * A conversation without its messages.
 */
export interface ConversationView {
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * What for.
   */
  kind: ConversationKind;
  /**
   * Of which visit.
   */
  appointment_id?: AppointmentId;
  /**
   * Everybody who is or was in it, in the order in which they came.
   */
  members: ConversationMember[];
  /**
   * Which of them the viewer is.
   */
  you: MemberId;
  /**
   * Whether somebody has to do something.
   */
  status: ConversationStatus;
  /**
   * Who of the clinic looks after it.
   */
  assigned_to?: MemberId;
  /**
   * Whether the viewer may write.
   */
  can_write: boolean;
}
/**
 * Answer of `conversation.list`.
 */
export interface Conversations {
  /**
   * At most 200.
   */
  conversations: ConversationCard[];
}
/**
 * `appointment.create`: books what is held. With a series, its first appointment is answered.
 */
export interface CreateAppointment {
  /**
   * As the hold was answered.
   */
  hold_token: string;
  /**
   * What it is about, at most 500 characters; for the clinician.
   */
  reason?: string;
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
   * For whom; the caller when absent. Only staff can ask for somebody else, and nobody else for the clinician.
   */
  participant_id?: ParticipantId;
}
/**
 * `person.create`: makes an account. Without a password its owner is sent a link, good once and for 7 days, to choose one
 * (`auth.reset_password`).
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
   * For scripts: a first password, 15 to 256 characters. It is taken for 7 days; until then its owner has to change it, and after that to
   * ask for a new one.
   */
  password?: string;
  /**
   * Patient, clinician, interpreter, administrator or support.
   */
  role: Role;
  /**
   * IANA name such as `Europe/Berlin`.
   */
  time_zone: string;
  /**
   * The region that is their home; the hub's own when absent. One whose people are not kept here is refused by `kept_elsewhere`.
   */
  home_region?: string;
}
/**
 * `service.create`: a new kind of appointment.
 */
export interface CreateService {
  /**
   * What it is.
   */
  terms: ServiceTerms;
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
 * A message that was given up.
 */
export interface DeadNotice {
  /**
   * Which.
   */
  notice_id: NoticeId;
  /**
   * To whom.
   */
  person_id: PersonId;
  /**
   * About what.
   */
  matter: NoticeMatter;
  /**
   * What it says; support is not told.
   */
  topic?: NoticeTopic;
  /**
   * How.
   */
  channel: NoticeChannel;
  /**
   * About which appointment; support is not told.
   */
  appointment_id?: AppointmentId;
  /**
   * Tries.
   */
  attempts: number;
  /**
   * Why, a word without any value.
   */
  failure: string;
  /**
   * Since when; support is not told of those about appointments.
   */
  at?: number;
}
/**
 * Answer of `notice.list_dead`.
 */
export interface DeadNotices {
  /**
   * At most 200.
   */
  notices: DeadNotice[];
}
/**
 * `message.delete`: the author takes it back, within fifteen minutes. That it was there stays visible.
 */
export interface DeleteMessage {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * Which.
   */
  message_id: MessageId;
}
/**
 * Answer of `message.read_delivery`.
 */
export interface Delivery {
  /**
   * Which.
   */
  message_id: MessageId;
  /**
   * When it was saved.
   */
  at: number;
  /**
   * Everybody else who is in the conversation now, in the order in which they came.
   */
  members: MemberDelivery[];
  /**
   * When the other side is told at the latest, outside of the conversation, that something waits for it. Absent when somebody of it
   * has seen the message, or it was deleted.
   */
  escalates_by?: number;
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
 * `quarantine.remove`: its bytes go. Its message says that it was refused.
 */
export interface DropQuarantined {
  /**
   * Which.
   */
  file_id: FileId;
}
/**
 * `message.edit`: the author writes it anew, within fifteen minutes.
 */
export interface EditMessage {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * Which.
   */
  message_id: MessageId;
  /**
   * What it says from now on.
   */
  body: string;
  /**
   * It is meant although the hub warned.
   */
  override?: Override;
}
/**
 * Answer of `emergency.list`.
 */
export interface Emergencies {
  /**
   * The latest first.
   */
  emergencies: EmergencyCard[];
}
/**
 * A record that was opened.
 */
export interface EmergencyCard {
  /**
   * Which.
   */
  grant_id: GrantId;
  /**
   * Whose record.
   */
  patient_id: PersonId;
  /**
   * Who opened it.
   */
  clinician_id: PersonId;
  /**
   * Why.
   */
  reason: EmergencyReason;
  /**
   * Since when.
   */
  opened_at: number;
  /**
   * Until when it can be read.
   */
  ends_at: number;
}
/**
 * An emergency as whoever looks into it sees it.
 */
export interface EmergencyReview {
  /**
   * What was opened.
   */
  emergency: EmergencyCard;
  /**
   * Why, in the words of who opened it.
   */
  text: string;
  /**
   * What was found; absent while it waits.
   */
  verdict?: EmergencyVerdict;
  /**
   * By whom.
   */
  reviewed_by?: PersonId;
  /**
   * When.
   */
  reviewed_at?: number;
  /**
   * In their words.
   */
  note?: string;
}
/**
 * Answer of `emergency.list_reviews`.
 */
export interface EmergencyReviews {
  /**
   * See the operation.
   */
  reviews: EmergencyReview[];
}
/**
 * One reading under an emergency: what was returned, by kind and id, and not what stands there.
 */
export interface EmergencyUse {
  /**
   * The row of the audit log.
   */
  audit_id: AuditId;
  /**
   * When.
   */
  at: number;
  /**
   * By which operation.
   */
  operation: string;
  /**
   * What came back, as `kind:id`, as many as the audit log keeps.
   */
  returned: string[];
  /**
   * How it ended.
   */
  outcome: string;
}
/**
 * Answer of `emergency.list_uses`.
 */
export interface EmergencyUses {
  /**
   * See the operation.
   */
  uses: EmergencyUse[];
  /**
   * There were more.
   */
  is_cut: boolean;
}
/**
 * `session.end_all`: ends every sign-in of somebody.
 */
export interface EndAllSessions {
  /**
   * Whose.
   */
  person_id: PersonId;
}
/**
 * `session.end_others`: ends every sign-in of the caller but this one.
 */
export interface EndOtherSessions {}
/**
 * `session.end`: ends a sign-in of the caller; an administrator or support may end anybody's. Its sockets and its media end at once.
 */
export interface EndSession {
  /**
   * Which.
   */
  session_id: SessionId;
}
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
 * `record.erase`: an administrator carries it out. There is no way back.
 */
export interface EraseRecord {
  /**
   * Which.
   */
  erasure_id: ErasureId;
}
/**
 * One erasure.
 */
export interface ErasureCard {
  /**
   * Which.
   */
  erasure_id: ErasureId;
  /**
   * Of whom.
   */
  person_id: PersonId;
  /**
   * How much goes. Everything when absent: a hub of before knows nothing else.
   */
  scope?: ErasureScope;
  /**
   * When it was asked for.
   */
  asked_at: number;
  /**
   * Where it stands.
   */
  state: ErasureState;
  /**
   * When it was carried out.
   */
  done_at?: number;
  /**
   * A legal hold stands against it now.
   */
  is_held: boolean;
  /**
   * Before that the law wants the record kept.
   */
  not_before?: number;
  /**
   * Conversations that would go now. Absent once it was carried out: its certificate says how many went.
   */
  conversations?: number;
  /**
   * Conversations that stay, because their visit is to come or under way: now, or when it was carried out. Absent where everything goes.
   */
  left_out?: number;
}
/**
 * That an erasure was carried out, signed by the hub.
 */
export interface ErasureCertificate {
  /**
   * Which.
   */
  erasure_id: ErasureId;
  /**
   * What is certified: JSON, byte for byte as it was signed, without a name.
   */
  text: string;
  /**
   * Ed25519 over `bedside erasure certificate v1`, a line break, and the text; base64.
   */
  signature: string;
  /**
   * The key of the node that signed; base64.
   */
  public_key: string;
}
/**
 * Answer of `record.list_erasures`.
 */
export interface Erasures {
  /**
   * Those that wait first, the oldest before.
   */
  erasures: ErasureCard[];
}
/**
 * A deviation as kept.
 */
export interface ExceptionCard {
  /**
   * Which.
   */
  exception_id: ExceptionId;
  /**
   * A closure of the clinic, which only administrators change.
   */
  is_closure: boolean;
  /**
   * What it says.
   */
  terms: ExceptionTerms;
}
/**
 * A deviation from the hours, for once.
 */
export interface ExceptionTerms {
  /**
   * Opens or closes; closing wins.
   */
  kind: ExceptionKind;
  /**
   * IANA zone in which it is meant.
   */
  time_zone: string;
  /**
   * Wall time, `YYYY-MM-DDTHH:MM`.
   */
  starts: string;
  /**
   * Wall time, after the begin.
   */
  ends: string;
  /**
   * Where; of an opening.
   */
  location?: string;
  /**
   * Why, for colleagues; never shown to patients. At most 200 characters.
   */
  reason?: string;
}
/**
 * `audit.export`: the same as `audit.search`, as a file of at most 1000 entries.
 */
export interface ExportAudit {
  /**
   * How.
   */
  format: AuditFormat;
  /**
   * Called by this account.
   */
  person_id?: PersonId;
  /**
   * About the record of this patient.
   */
  patient_id?: PersonId;
  /**
   * This operation.
   */
  operation?: string;
  /**
   * That ended so.
   */
  outcome?: string;
  /**
   * At or after this.
   */
  from?: number;
  /**
   * Before this.
   */
  until?: number;
  /**
   * Goes on after the file that said this.
   */
  cursor?: string;
}
/**
 * `record.export`: everything that is kept of the caller, a patient.
 */
export interface ExportRecord {}
/**
 * A factor of an account.
 */
export interface Factor {
  /**
   * Which.
   */
  factor_id: FactorId;
  /**
   * An app or a passkey.
   */
  kind: ProofKind;
  /**
   * What its owner calls it.
   */
  name: string;
  /**
   * Since when.
   */
  created_at: number;
  /**
   * When it last proved something.
   */
  last_used_at?: number;
}
/**
 * A factor that counts from now on.
 */
export interface FactorAdded {
  /**
   * It.
   */
  factor: Factor;
  /**
   * With the first factor: recovery codes. Told once.
   *
   * Items: Protected health information, or a secret.
   */
  recovery_codes?: string[];
}
/**
 * Something that is to be proven, within some minutes and once.
 */
export interface FactorChallenge {
  /**
   * Goes back with the proof. Sealed: it says nothing, and opens nothing by itself.
   */
  challenge: string;
  /**
   * When it ends.
   */
  expires_at: number;
  /**
   * What would prove it.
   */
  methods: ProofKind[];
  /**
   * For `navigator.credentials.get`, when there is a passkey.
   */
  passkey?: PasskeyRequest;
}
/**
 * Answer of `factor.list`.
 */
export interface Factors {
  /**
   * Oldest first.
   */
  factors: Factor[];
  /**
   * Recovery codes that were not used yet.
   */
  recovery_codes_left: number;
  /**
   * Whether the role must have a factor.
   */
  is_required: boolean;
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
   * The next times that are free, when a time was asked for that is not.
   *
   * Items: Milliseconds since 1970-01-01T00:00:00Z. Below 2^53 for any date that matters, so JSON numbers carry it exactly.
   */
  next_free?: number[];
  /**
   * What was found in the text, when it was not taken for that.
   */
  findings?: Finding[];
  /**
   * What would do, when a proof of late is needed.
   */
  step_up?: StepUpNeeded;
  /**
   * Where somebody is kept, when it is not here.
   */
  elsewhere?: KeptElsewhere;
  /**
   * Id of the call, the same as in our logs.
   */
  request_id?: RequestId;
}
/**
 * A file as those may see it who may see it.
 */
export interface FileCard {
  /**
   * Which.
   */
  file_id: FileId;
  /**
   * Its name, cleaned.
   */
  name: string;
  /**
   * What it is by its contents; `application/octet-stream` before that is known.
   */
  content_type: string;
  /**
   * How large.
   */
  bytes: number;
  /**
   * Where it is on its way.
   */
  state: FileState;
  /**
   * Why, when it is quarantined or refused.
   */
  why?: FileFault;
  /**
   * Whether an antivirus looked at it. The hub may have none.
   */
  scanned: boolean;
  /**
   * Of a picture: pixels.
   */
  width?: number;
  /**
   * Of a picture: pixels.
   */
  height?: number;
  /**
   * Whether there are `preview` and `thumbnail`.
   */
  has_preview: boolean;
}
/**
 * Answer of `file.link`.
 */
export interface FileLink {
  /**
   * Path on the hub's origin. It is a secret while it is good.
   */
  url: string;
  /**
   * Until when.
   */
  expires_at: number;
}
/**
 * What was found, and how often. Never what it said.
 */
export interface Finding {
  /**
   * What kind.
   */
  kind: DetectorKind;
  /**
   * How often; at most 99.
   */
  count: number;
}
/**
 * `auth.finish_provider`: opens a session of the account whose identity the provider has named, or asks for its second factor. The same
 * browser has to ask that has come back from the provider, within two minutes, once.
 */
export interface FinishProvider {}
/**
 * `task.finish`: it was looked at.
 */
export interface FinishTask {
  /**
   * Which.
   */
  task_id: TaskId;
}
/**
 * One message that was found.
 */
export interface FoundMessage {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * The message.
   */
  message: Message;
}
/**
 * Answer of `message.search`.
 */
export interface FoundMessages {
  /**
   * At most 50, newest first.
   */
  found: FoundMessage[];
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
 * `consent.give`: the caller agrees to the version that they have read. Another one is refused.
 */
export interface GiveConsent {
  /**
   * To what.
   */
  kind: ConsentKind;
  /**
   * Under which law; empty where none is named.
   */
  jurisdiction?: string;
  /**
   * Which version they have read.
   */
  version: string;
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
 * One time of a hold.
 */
export interface HeldSlot {
  /**
   * Begin.
   */
  starts_at: number;
  /**
   * End.
   */
  ends_at: number;
  /**
   * The begin where the clinician sits (RFC 9557).
   */
  local_start: string;
}
/**
 * What interpreters and guests see of a visit that they are admitted to.
 */
export interface HelperSharing {
  /**
   * What the appointment is about.
   */
  complaint: boolean;
  /**
   * The conversation of the visit, with its files.
   */
  messages: boolean;
}
/**
 * Answer of `appointment.read_history`.
 */
export interface History {
  /**
   * Oldest first.
   */
  lines: HistoryLine[];
}
/**
 * One line of an appointment's history.
 */
export interface HistoryLine {
  /**
   * The version that it made, from 1.
   */
  version: number;
  /**
   * What.
   */
  what: HistoryKind;
  /**
   * When.
   */
  at: number;
  /**
   * Who: an account; absent for the hub itself.
   */
  by?: PersonId;
  /**
   * Begin, from then on.
   */
  starts_at: number;
  /**
   * End, from then on.
   */
  ends_at: number;
}
/**
 * Time that is reserved.
 */
export interface Hold {
  /**
   * Which.
   */
  hold_id: HoldId;
  /**
   * What booking needs. Whoever has it can book; it is nowhere else.
   */
  hold_token: string;
  /**
   * When it ends unless it is booked.
   */
  expires_at: number;
  /**
   * What is reserved, by begin.
   */
  slots: HeldSlot[];
  /**
   * Who interprets.
   */
  interpreter_id?: PersonId;
  /**
   * What it costs.
   */
  price?: Price;
  /**
   * Whether the price has to be paid here before it can be booked.
   */
  needs_payment?: boolean;
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
 * `slot.hold`: reserves a time for a few minutes. All of a series and everybody that is needed, or nothing.
 */
export interface HoldSlot {
  /**
   * With whom.
   */
  clinician_id: PersonId;
  /**
   * For what.
   */
  service_id: ServiceId;
  /**
   * When.
   */
  starts_at: number;
  /**
   * For whom; staff only. Oneself when absent.
   */
  patient_id?: PersonId;
  /**
   * With somebody who interprets, by id …
   */
  interpreter_id?: PersonId;
  /**
   * … or anybody who is free and speaks that language.
   */
  interpreter_language?: string;
  /**
   * Where the patient will be; what their profile says when absent.
   */
  jurisdiction?: string;
  /**
   * Why the clinician may treat there although no licence says so; staff only.
   */
  licence_override?: string;
  /**
   * A series.
   */
  repeat?: Repeat;
  /**
   * The appointment that shall be moved here: its own time counts as free.
   */
  moves?: AppointmentId;
}
/**
 * A practitioner's hours.
 */
export interface Hours {
  /**
   * Recurring.
   */
  templates: TemplateCard[];
  /**
   * For once, closures of the clinic included.
   */
  exceptions: ExceptionCard[];
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
 * Identities, oldest first.
 */
export interface Identities {
  /**
   * They.
   */
  identities: IdentityCard[];
}
/**
 * An identity that signs an account in. Who it is at the provider is not told.
 */
export interface IdentityCard {
  /**
   * Which.
   */
  identity_id: IdentityId;
  /**
   * At which provider; none when the settings do not name it any more.
   */
  provider?: ProviderCard;
  /**
   * Since when.
   */
  linked_at: number;
  /**
   * When it last signed them in.
   */
  last_used_at?: number;
}
/**
 * Answer of `inbox.list`.
 */
export interface Inbox {
  /**
   * At most 200.
   */
  messages: InboxMessage[];
}
/**
 * One message of the inbox.
 */
export interface InboxMessage {
  /**
   * Which.
   */
  notice_id: NoticeId;
  /**
   * What.
   */
  topic: NoticeTopic;
  /**
   * About which appointment.
   */
  appointment_id?: AppointmentId;
  /**
   * As it was told.
   */
  text: string;
  /**
   * When.
   */
  at: number;
  /**
   * When it was read.
   */
  read_at?: number;
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
 * `person.invite`: another link for somebody who has not chosen a password yet. The one before ends.
 */
export interface InvitePerson {
  /**
   * Who.
   */
  person_id: PersonId;
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
 * `waitlist.join`: tell me when an earlier place becomes free.
 */
export interface JoinWaitlist {
  /**
   * For what.
   */
  service_id: ServiceId;
  /**
   * With whom; with anybody when absent.
   */
  clinician_id?: PersonId;
  /**
   * Not before.
   */
  from: number;
  /**
   * Not after; at most 366 days from now.
   */
  until: number;
}
/**
 * Where somebody is kept.
 */
export interface KeptElsewhere {
  /**
   * The region that is their home.
   */
  region: string;
  /**
   * Where they sign in, when this hub knows it.
   */
  url?: string;
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
 * `waitlist.leave`: not any more.
 */
export interface LeaveWaitlist {
  /**
   * Which.
   */
  waitlist_id: WaitlistId;
}
/**
 * Why somebody's record may not be erased.
 */
export interface LegalHold {
  /**
   * Which.
   */
  hold_id: LegalHoldId;
  /**
   * Whose record.
   */
  person_id: PersonId;
  /**
   * Why.
   */
  reason: string;
  /**
   * Since when.
   */
  set_at: number;
  /**
   * By whom.
   */
  set_by: PersonId;
  /**
   * Since when not any more.
   */
  lifted_at?: number;
}
/**
 * Answer of `record.list_holds`.
 */
export interface LegalHolds {
  /**
   * Those that stand first.
   */
  holds: LegalHold[];
}
/**
 * A licence to practise.
 */
export interface Licence {
  /**
   * ISO 3166-1 or 3166-2 code, such as `DE` or `US-CA`.
   */
  jurisdiction: string;
  /**
   * Number in the register.
   */
  number: string;
  /**
   * Last day, `YYYY-MM-DD`.
   */
  valid_until?: string;
}
/**
 * `record.lift_hold`: it may be erased again, as far as this hold is concerned.
 */
export interface LiftLegalHold {
  /**
   * Which.
   */
  hold_id: LegalHoldId;
  /**
   * 1 to 500 characters.
   */
  reason: string;
}
/**
 * Where to go.
 */
export interface LinkBegun {
  /**
   * Page of the provider.
   */
  url: string;
}
/**
 * `file.link`: an address from which the file can be fetched for a minute, by whoever asked, without a header.
 */
export interface LinkFile {
  /**
   * Which.
   */
  file_id: FileId;
  /**
   * Which of its contents.
   */
  variant: FileVariant;
}
/**
 * `identity.link`: links the identity that the provider has named, in the session in which that was begun.
 */
export interface LinkIdentity {}
/**
 * `appointment.list`: the caller's appointments, earliest first; an administrator sees all, or those of one person.
 */
export interface ListAppointments {
  /**
   * Of this patient or clinician: administrators only, or oneself.
   */
  person_id?: PersonId;
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
 * `audit.list_reports`: the caller's own, and those that others of the organisation share; at most 200.
 */
export interface ListAuditReports {}
/**
 * `closure.list`: when the clinic is closed, from today on.
 */
export interface ListClosures {}
/**
 * `consent.list`: how the caller, a patient, stands to each.
 */
export interface ListConsents {
  /**
   * Under which law; that of their profile when absent.
   */
  jurisdiction?: string;
}
/**
 * `conversation.list`: the caller's conversations, the most recently active first.
 */
export interface ListConversations {}
/**
 * `notice.list_dead`: what could not be sent, newest first.
 */
export interface ListDeadNotices {}
/**
 * `emergency.list`: those that the caller has open now.
 */
export interface ListEmergencies {}
/**
 * `emergency.list_reviews`: what has to be looked into, the oldest first; then what was, the latest first. At most 200 of each.
 */
export interface ListEmergencyReviews {}
/**
 * `emergency.list_uses`: what was read under one, the latest first, at most 200.
 */
export interface ListEmergencyUses {
  /**
   * Which.
   */
  grant_id: GrantId;
}
/**
 * `record.list_erasures`: what was asked for and what was carried out, at most 200.
 */
export interface ListErasures {}
/**
 * `factor.list`: the second factors of the caller.
 */
export interface ListFactors {}
/**
 * `identity.list`: identities that sign the caller in.
 */
export interface ListIdentities {}
/**
 * `inbox.list`: what the caller was told, newest first.
 */
export interface ListInbox {}
/**
 * `record.list_holds`: legal holds, at most 200.
 */
export interface ListLegalHolds {}
/**
 * `message.list`: a page of messages, earliest first: those after `since`, the last before `before`, or the latest.
 */
export interface ListMessages {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * Those after it.
   */
  since?: MessageId;
  /**
   * Those before it.
   */
  before?: MessageId;
  /**
   * At most so many, 1 to 100; 50 when absent.
   */
  limit?: number;
}
/**
 * `audit.own`: who saw or changed the caller's record, newest first. Not what the caller did themselves, and not what was refused.
 */
export interface ListOwnAccess {
  /**
   * Goes on after the page that said this.
   */
  cursor?: string;
  /**
   * At most so many, 1 to 200; 50 when absent.
   */
  limit?: number;
}
/**
 * `patient.list_conversations`: a patient's conversations, the most recently active first, at most 200.
 */
export interface ListPatientConversations {
  /**
   * Whose.
   */
  patient_id: PersonId;
}
/**
 * `patient.list_messages`: a page of a patient's conversation, read without being in it. It moves no marks, and nothing can be
 * written. Its files are read by `file.read` and `file.link` as long as this may be.
 */
export interface ListPatientMessages {
  /**
   * Whose.
   */
  patient_id: PersonId;
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * Those before this offset; the latest when absent.
   */
  before?: number;
}
/**
 * `patient.list_visits`: a patient's appointments, with whomever, earliest first.
 */
export interface ListPatientVisits {
  /**
   * Whose.
   */
  patient_id: PersonId;
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
 * `payment.list`: the newest.
 */
export interface ListPayments {}
/**
 * `person.list`: accounts, by name.
 */
export interface ListPeople {
  /**
   * Only this role.
   */
  role?: Role;
  /**
   * Only who is that.
   */
  status?: PersonStatus;
}
/**
 * `practitioner.list`: the directory, by name. Every filter narrows it.
 */
export interface ListPractitioners {
  /**
   * Clinicians or interpreters.
   */
  role?: Role;
  /**
   * That specialty.
   */
  specialty?: string;
  /**
   * Who offers that service.
   */
  service_id?: ServiceId;
  /**
   * Who speaks that language.
   */
  language?: string;
  /**
   * Whom that insurer pays.
   */
  insurer?: string;
  /**
   * Who may treat there today.
   */
  jurisdiction?: string;
}
/**
 * `provider.list`: by whom people may be signed in here. For the page where they do.
 */
export interface ListProviders {}
/**
 * `quarantine.list`: files that the antivirus knows, the oldest first.
 */
export interface ListQuarantine {
  /**
   * Those after this one.
   */
  after?: FileId;
  /**
   * How many: 1 to 100; 50 when absent.
   */
  limit?: number;
}
/**
 * `support.list_notices`: how messages to somebody went, the latest first, at most 200. Neither their texts nor which appointment they are about, nor when that is.
 */
export interface ListSentNotices {
  /**
   * To whom.
   */
  person_id: PersonId;
}
/**
 * `service.list`: what can be booked, by name; administrators see what is not active too.
 */
export interface ListServices {}
/**
 * `session.list`: open sign-ins of the caller; an administrator may ask for those of anybody.
 */
export interface ListSessions {
  /**
   * Whose; the caller's own when absent.
   */
  person_id?: PersonId;
}
/**
 * `sharing.list_versions`: what the caller has shared since when.
 */
export interface ListSharingVersions {}
/**
 * `audit.sign_ins`: when somebody signed in to the caller's account, or tried to, newest first.
 */
export interface ListSignIns {
  /**
   * Goes on after the page that said this.
   */
  cursor?: string;
  /**
   * At most so many, 1 to 200; 50 when absent.
   */
  limit?: number;
}
/**
 * `support.list_people`: accounts, by name.
 */
export interface ListSupported {
  /**
   * Only this role.
   */
  role?: Role;
}
/**
 * `task.list`: what is to be looked at, oldest first.
 */
export interface ListTasks {}
/**
 * `waitlist.list`: what the caller waits for.
 */
export interface ListWaitlist {}
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
 * `conversation.mark`: how far the caller got. Never goes back; saying it again changes nothing.
 */
export interface MarkConversation {
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * Offset of the last message that this device has.
   */
  delivered?: number;
  /**
   * Offset of the last message that was before the caller's eyes.
   */
  displayed?: number;
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
 * `inbox.mark_read`: it was read.
 */
export interface MarkRead {
  /**
   * Which.
   */
  notice_id: NoticeId;
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
  /**
   * Seconds without a call after which the session is not refreshed any more, and after which a page should lock itself;
   * none for guests. A visit counts as calls.
   */
  idle_after_s?: number;
  /**
   * Nothing but enrolling a second factor can be done in this session until that is done.
   */
  must_enrol?: boolean;
  /**
   * The region where their data live; absent for guests, and where the hub has no region.
   */
  home_region?: string;
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
 * How far a message has come with somebody.
 */
export interface MemberDelivery {
  /**
   * With whom.
   */
  member_id: MemberId;
  /**
   * How far.
   */
  state: DeliveryState;
}
/**
 * How far somebody got: offsets of messages, never going back.
 */
export interface MemberMarks {
  /**
   * Whose.
   */
  member_id: MemberId;
  /**
   * A device of theirs has it.
   */
  delivered: number;
  /**
   * They have had it before their eyes.
   */
  displayed: number;
}
/**
 * Where a member is.
 */
export interface MemberPresence {
  /**
   * Who.
   */
  member_id: MemberId;
  /**
   * Where.
   */
  presence: Presence;
}
/**
 * One message as it is now.
 */
export interface Message {
  /**
   * Which.
   */
  message_id: MessageId;
  /**
   * Number of its posting in the log.
   */
  offset: number;
  /**
   * Who wrote it.
   */
  member_id: MemberId;
  /**
   * When it was saved.
   */
  at: number;
  /**
   * Its text; absent when it was deleted.
   */
  body?: string;
  /**
   * What it answers.
   */
  reply_to?: MessageId;
  /**
   * When it was last edited.
   */
  edited_at?: number;
  /**
   * When it was deleted.
   */
  deleted_at?: number;
  /**
   * What was sent with it, as it is now.
   */
  files?: FileCard[];
}
/**
 * Answer of `message.list`.
 */
export interface Messages {
  /**
   * Earliest first.
   */
  messages: Message[];
  /**
   * Whether there are more in the direction that was asked for.
   */
  has_more: boolean;
}
/**
 * `appointment.move`: to what is held, in one step: the new time is claimed and the old one is free, or nothing changed.
 */
export interface MoveAppointment {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
  /**
   * The new time, held with the same clinician.
   */
  hold_token: string;
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
 * A part of a node.
 */
export interface NodePart {
  /**
   * Which.
   */
  name: string;
  /**
   * Whether it answers.
   */
  answers: boolean;
  /**
   * Whether the node takes no traffic without it.
   */
  is_needed: boolean;
}
/**
 * Answer of `node.read_state`.
 */
export interface NodeState {
  /**
   * Its name.
   */
  node: string;
  /**
   * Its version.
   */
  version: string;
  /**
   * Its parts.
   */
  parts: NodePart[];
  /**
   * Messages to people that are due.
   */
  notices_due: number;
  /**
   * Messages to people that were given up.
   */
  notices_dead: number;
}
/**
 * What somebody wants to be told, and how. What changes an appointment is always told in the portal.
 */
export interface NoticePreferences {
  /**
   * By e-mail.
   */
  email: boolean;
  /**
   * By short message.
   */
  sms: boolean;
  /**
   * Reminders.
   */
  reminders: boolean;
}
/**
 * `conversation.open`: the conversation with somebody; it is made when there is none yet.
 */
export interface OpenConversation {
  /**
   * With whom.
   */
  with: OpenWith;
}
/**
 * `emergency.open`: a clinician opens the record of one patient, to read it, for an hour. The patient and every administrator
 * are told, and somebody looks into it. One that is open already is answered as it is.
 */
export interface OpenEmergency {
  /**
   * Whose record.
   */
  patient_id: PersonId;
  /**
   * Why.
   */
  reason: EmergencyReason;
  /**
   * In one's own words, 10 to 500 characters.
   */
  text: string;
}
/**
 * When somebody can be booked.
 */
export interface OpenHours {
  /**
   * Begin.
   */
  from: number;
  /**
   * End.
   */
  until: number;
  /**
   * Where.
   */
  location: string;
  /**
   * IANA zone of the place.
   */
  time_zone: string;
}
/**
 * A time that can be booked.
 */
export interface OpenSlot {
  /**
   * With whom.
   */
  clinician_id: PersonId;
  /**
   * Their name.
   */
  clinician_name: string;
  /**
   * For what.
   */
  service_id: ServiceId;
  /**
   * Begin.
   */
  starts_at: number;
  /**
   * End.
   */
  ends_at: number;
  /**
   * IANA zone of the place where the clinician sits.
   */
  time_zone: string;
  /**
   * The begin there, with offset and zone (RFC 9557).
   */
  local_start: string;
  /**
   * Where the clinician sits.
   */
  location: string;
  /**
   * People who can still book it.
   */
  seats_left: number;
}
/**
 * Answer of `slot.search`.
 */
export interface OpenSlots {
  /**
   * In the order that was asked for.
   */
  slots: OpenSlot[];
  /**
   * There are more than were asked for.
   */
  has_more: boolean;
}
/**
 * When a clinician does not answer, and who does instead.
 */
export interface OutOfOffice {
  /**
   * Until when; not out of office when absent or over.
   */
  until?: number;
  /**
   * The clinician who answers meanwhile.
   */
  covered_by?: PersonId;
}
/**
 * What was warned of is meant.
 */
export interface Override {
  /**
   * Why.
   */
  reason: OverrideReason;
}
/**
 * Answer of `audit.own`.
 */
export interface OwnAccess {
  /**
   * Newest first. A page may hold fewer than were asked for, and there may be more all the same.
   */
  accesses: RecordAccess[];
  /**
   * For the next page; absent when this is the last.
   */
  cursor?: string;
}
/**
 * Answer of `record.read_erasure`.
 */
export interface OwnErasure {
  /**
   * That of everything. Absent when none waits.
   */
  erasure?: ErasureCard;
  /**
   * That of their conversations: the one that waits, else the last one that was carried out. Absent when they never asked.
   */
  conversations?: ErasureCard;
}
/**
 * A patient's profile as kept.
 */
export interface OwnProfile {
  /**
   * What they told.
   */
  profile: PatientProfile;
  /**
   * Grows with every change; 0 when they told nothing yet.
   */
  revision: number;
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
 * What a passkey signed (`AuthenticatorAssertionResponse`).
 */
export interface PasskeyAssertion {
  /**
   * Which passkey: `rawId`.
   */
  credential_id: string;
  /**
   * `clientDataJSON`.
   */
  client_data: string;
  /**
   * `authenticatorData`.
   */
  authenticator_data: string;
  /**
   * `signature`.
   */
  signature: string;
}
/**
 * A new passkey (`AuthenticatorAttestationResponse`).
 */
export interface PasskeyAttestation {
  /**
   * `clientDataJSON`.
   */
  client_data: string;
  /**
   * `attestationObject`.
   */
  attestation_object: string;
}
/**
 * A passkey to be.
 */
export interface PasskeyBegun {
  /**
   * Goes back with the passkey.
   */
  challenge: string;
  /**
   * When it ends.
   */
  expires_at: number;
  /**
   * For `navigator.credentials.create`.
   */
  passkey: PasskeyCreation;
}
/**
 * What a new passkey is made for (`PublicKeyCredentialCreationOptions`).
 */
export interface PasskeyCreation {
  /**
   * Bytes to sign, base64url.
   */
  challenge: string;
  /**
   * The host name that it will belong to.
   */
  rp_id: string;
  /**
   * Shown when it is made.
   */
  rp_name: string;
  /**
   * The account, base64url.
   */
  user_id: string;
  /**
   * The account's e-mail address.
   */
  user_name: string;
  /**
   * The account's name.
   */
  user_display_name: string;
  /**
   * COSE numbers of algorithms, best first.
   */
  algorithms: number[];
  /**
   * Passkeys that the account has, base64url: a device that has one of them makes no second one.
   */
  exclude: string[];
  /**
   * Milliseconds until it is too late.
   */
  timeout_ms: number;
}
/**
 * What a passkey is asked to sign (`PublicKeyCredentialRequestOptions`).
 */
export interface PasskeyRequest {
  /**
   * Bytes to sign, base64url.
   */
  challenge: string;
  /**
   * The host name that the passkey belongs to.
   */
  rp_id: string;
  /**
   * Passkeys that may answer, base64url; any of this host when empty.
   */
  allow: string[];
  /**
   * Whether the device must check who holds it.
   */
  must_verify_user: boolean;
  /**
   * Milliseconds until it is too late.
   */
  timeout_ms: number;
}
/**
 * What a passkey is to sign.
 */
export interface PasskeySignIn {
  /**
   * Goes back with what was signed.
   */
  challenge: string;
  /**
   * When it ends.
   */
  expires_at: number;
  /**
   * For `navigator.credentials.get`.
   */
  passkey: PasskeyRequest;
}
/**
 * An event of the past, as it is replayed to whoever resumes.
 */
export interface PastEvent {
  /**
   * Where its topic was with it.
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
/**
 * Answer of `patient.read`.
 */
export interface PatientChart {
  /**
   * Whose.
   */
  patient_id: PersonId;
  /**
   * Name.
   */
  display_name: string;
  /**
   * What may be seen of it; everything else is absent.
   */
  profile: PatientProfile;
  /**
   * What is not shown, whether there is anything or not.
   */
  withheld: FieldClass[];
  /**
   * By what the most of it may be seen.
   */
  basis: Basis;
  /**
   * The emergency without which less would be shown.
   */
  grant_id?: GrantId;
}
/**
 * A conversation of a patient.
 */
export interface PatientConversation {
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * What for.
   */
  kind: ConversationKind;
  /**
   * Of which visit.
   */
  appointment_id?: AppointmentId;
  /**
   * With whom it was opened.
   */
  clinician_id: PersonId;
  /**
   * When something was last posted.
   */
  active_at: number;
}
/**
 * Answer of `patient.list_conversations`.
 */
export interface PatientConversations {
  /**
   * See the operation.
   */
  conversations: PatientConversation[];
  /**
   * The emergency without which it would not be shown.
   */
  grant_id?: GrantId;
}
/**
 * What a patient tells about themselves.
 */
export interface PatientProfile {
  /**
   * `YYYY-MM-DD`.
   */
  birth_date?: string;
  /**
   * In their own words.
   */
  gender?: string;
  /**
   * E.164, such as `+49301234567`.
   */
  phone?: string;
  /**
   * Where they usually are: ISO 3166-1 or 3166-2 code.
   */
  jurisdiction?: string;
  /**
   * BCP 47.
   */
  language?: string;
  /**
   * Insurer.
   */
  insurer?: string;
  /**
   * Number with the insurer.
   */
  insurance_number?: string;
  /**
   * Name and telephone of whom to call.
   */
  emergency_contact?: string;
}
/**
 * A payment.
 */
export interface Payment {
  /**
   * Which.
   */
  payment_id: PaymentId;
  /**
   * Who pays.
   */
  patient_id: PersonId;
  /**
   * Where it is.
   */
  state: PaymentState;
  /**
   * The sum.
   */
  price: Price;
  /**
   * Where it is paid, while it can be.
   */
  page_url?: string;
  /**
   * Until when the time is held, while it is.
   */
  held_until?: number;
  /**
   * What was booked with it.
   */
  appointment_id?: AppointmentId;
  /**
   * When it was begun.
   */
  created_at: number;
}
/**
 * Answer of `payment.list`.
 */
export interface Payments {
  /**
   * At most 200, newest first.
   */
  payments: Payment[];
}
/**
 * Answer of `person.list`.
 */
export interface People {
  /**
   * At most 500, by name.
   */
  people: Person[];
  /**
   * Regions that this hub knows, its own first; none where it has none.
   */
  regions?: RegionCard[];
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
  /**
   * Whether they can sign in.
   */
  status: PersonStatus;
  /**
   * Since when they cannot, or when they were invited; absent while they can, and where it is not known.
   */
  status_since?: number;
  /**
   * Why they are suspended.
   */
  suspension?: Suspension;
  /**
   * Grows with every change by an administrator.
   */
  revision: number;
  /**
   * The region where their data live; absent where the hub has no region.
   */
  home_region?: string;
}
/**
 * Answer of `person.suspend`.
 */
export interface PersonSuspended {
  /**
   * As they are now.
   */
  person: Person;
  /**
   * Appointments with them that are neither cancelled nor over: somebody has to look after these.
   */
  appointments_ahead: number;
}
/**
 * `appointment.place`: an appointment at any time that the clinician is not taken, within their hours or not, without
 * a hold.
 */
export interface PlaceAppointment {
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
 * Somebody whose time can be booked, as the directory shows them.
 */
export interface Practitioner {
  /**
   * The account.
   */
  person_id: PersonId;
  /**
   * Name.
   */
  display_name: string;
  /**
   * Clinician or interpreter.
   */
  role: Role;
  /**
   * IANA zone in which they live.
   */
  time_zone: string;
  /**
   * What they tell.
   */
  profile: PractitionerProfile;
  /**
   * Grows with every change.
   */
  revision: number;
}
/**
 * What the directory tells of a practitioner.
 */
export interface PractitionerProfile {
  /**
   * Lower case, at most 10.
   */
  specialties: string[];
  /**
   * BCP 47, at most 10.
   */
  languages: string[];
  /**
   * Where they may treat, at most 60.
   */
  licences: Licence[];
  /**
   * Insurers that pay them, at most 60.
   */
  insurers: string[];
  /**
   * For patients to read, at most 2 000 characters.
   */
  about: string;
  /**
   * Years of experience.
   */
  experience_years: number;
  /**
   * Share of a pool's appointments, 1 to 100.
   */
  weight: number;
  /**
   * What they offer, at most 50.
   *
   * Items: A kind of appointment that can be booked (FHIR `HealthcareService`).
   */
  service_ids: ServiceId[];
}
/**
 * Answer of `practitioner.list`.
 */
export interface Practitioners {
  /**
   * By name.
   */
  practitioners: Practitioner[];
}
/**
 * Where the caller saw the thing. Exactly one of them.
 */
export interface Precondition {
  /**
   * Of the topic that the operation is about: nothing has happened in it since.
   */
  position?: Position;
  /**
   * Of the appointment: it was neither moved nor cancelled since.
   */
  version?: number;
}
/**
 * What has to be paid before an appointment is confirmed.
 */
export interface Price {
  /**
   * In the smallest unit of the currency.
   */
  amount_minor: number;
  /**
   * ISO 4217.
   */
  currency: string;
}
/**
 * `audit.prove`: that an entry is in the signed log. Administrators for any, others for what they called themselves, patients also
 * for what was done with their record.
 */
export interface ProveAudit {
  /**
   * Which.
   */
  audit_id: AuditId;
}
/**
 * An OpenID provider.
 */
export interface ProviderCard {
  /**
   * Stands in addresses.
   */
  provider_id: string;
  /**
   * For the button.
   */
  name: string;
}
/**
 * Providers, in the order of their buttons.
 */
export interface Providers {
  /**
   * They.
   */
  providers: ProviderCard[];
}
/**
 * Answer of `quarantine.list`.
 */
export interface Quarantine {
  /**
   * They.
   */
  files: QuarantinedFile[];
  /**
   * Whether there are others after the last.
   */
  has_more: boolean;
}
/**
 * A file that the antivirus knows, for administrators. Nothing of what is in it.
 */
export interface QuarantinedFile {
  /**
   * Which.
   */
  file_id: FileId;
  /**
   * In which conversation.
   */
  conversation_id: ConversationId;
  /**
   * Who uploaded it: their part in that conversation.
   */
  uploader: MemberId;
  /**
   * Its name; absent when the key of the conversation is gone.
   */
  name?: string;
  /**
   * How large.
   */
  bytes: number;
  /**
   * Why.
   */
  why: FileFault;
  /**
   * When it was begun.
   */
  created_at: number;
  /**
   * Whether it was sent with a message. One that was not is gone a day after it was begun.
   */
  is_sent: boolean;
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
 * `audit.checkpoint`: what was last signed of the log, and by which key.
 */
export interface ReadAuditCheckpoint {}
/**
 * `audit.read_event`: one entry as FHIR R4 `AuditEvent`.
 */
export interface ReadAuditEvent {
  /**
   * Which.
   */
  audit_id: AuditId;
}
/**
 * `schedule.calendar`: a practitioner's time within; one's own, or anybody's for an administrator.
 */
export interface ReadCalendar {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
  /**
   * Begin.
   */
  from: number;
  /**
   * End; at most 62 days after the begin.
   */
  until: number;
}
/**
 * `appointment.read_calendar_file`: the appointment as an iCalendar file (RFC 5545), to be added to a calendar.
 */
export interface ReadCalendarFile {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
}
/**
 * `record.read_certificate`: that of an erasure that was carried out.
 */
export interface ReadCertificate {
  /**
   * Which.
   */
  erasure_id: ErasureId;
}
/**
 * `conversation.read`: one conversation.
 */
export interface ReadConversation {
  /**
   * Which.
   */
  conversation_id: ConversationId;
}
/**
 * `message.read_delivery`: how far a message has come, for whoever is in its conversation.
 */
export interface ReadDelivery {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * Which.
   */
  message_id: MessageId;
}
/**
 * `file.read`: one file, for whoever uploads it, and once it is attached for everybody in the conversation.
 */
export interface ReadFile {
  /**
   * Which.
   */
  file_id: FileId;
}
/**
 * `appointment.read_history`: what happened to an appointment, oldest first.
 */
export interface ReadHistory {
  /**
   * Which.
   */
  appointment_id: AppointmentId;
}
/**
 * `me.read`: who am I?
 */
export interface ReadMe {}
/**
 * `node.read_state`: how the node is that answers.
 */
export interface ReadNodeState {}
/**
 * `out_of_office.read`: the caller's.
 */
export interface ReadOutOfOffice {}
/**
 * `record.read_erasure`: where the erasures stand that the caller, a patient, asked for.
 */
export interface ReadOwnErasure {}
/**
 * `patient.read`: what a clinician may see of a patient's profile.
 */
export interface ReadPatient {
  /**
   * Whose.
   */
  patient_id: PersonId;
}
/**
 * `payment.read`: how a payment stands; one's own, or anybody's by an administrator.
 */
export interface ReadPayment {
  /**
   * Which.
   */
  payment_id: PaymentId;
}
/**
 * `preferences.read`: what the caller wants.
 */
export interface ReadPreferences {}
/**
 * `profile.read`: what the caller, a patient, told about themselves.
 */
export interface ReadProfile {}
/**
 * `schedule.read`: a practitioner's hours; one's own, or anybody's for an administrator.
 */
export interface ReadSchedule {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
}
/**
 * `sharing.read`: what the caller, a patient, shares now.
 */
export interface ReadSharing {}
/**
 * `support.read_sign_in`: whether and where somebody is signed in, and by what they could be.
 */
export interface ReadSignInState {
  /**
   * Whose.
   */
  person_id: PersonId;
}
/**
 * `report.read_usage`: figures of the calendar weeks that a span touches, at most 53, in the time zone of the organisation. Only appointments
 * of patients are counted who agree to `analytics` at this moment. A figure that would tell of 1 to 10 patients, or give such a one away, is
 * absent; zero is told.
 */
export interface ReadUsage {
  /**
   * An instant in the first week.
   */
  since: number;
  /**
   * After the last instant that is asked for.
   */
  until: number;
}
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
 * Somebody was at a record.
 */
export interface RecordAccess {
  /**
   * Which.
   */
  audit_id: AuditId;
  /**
   * Its number in the signed log.
   */
  entry?: number;
  /**
   * When.
   */
  at: number;
  /**
   * Who; absent when there is no such account any more.
   */
  display_name?: string;
  /**
   * The role they had then.
   */
  role?: Role;
  /**
   * What they did: the operation.
   */
  operation: string;
  /**
   * Whether it only read.
   */
  is_read: boolean;
  /**
   * What it was about, when the call named something.
   */
  target?: AuditTarget;
}
/**
 * Answer of `record.export`.
 */
export interface RecordExport {
  /**
   * A FHIR R4 bundle (`application/fhir+json`) as text: Patient, Appointment, Encounter, Communication, DocumentReference, and AuditEvent
   * for who saw or changed the record.
   */
  fhir: string;
  /**
   * Who had to do with it, the latest first.
   */
  access: AccessLine[];
  /**
   * Whether there was more than is in it: the oldest messages or lines are left out.
   */
  is_cut: boolean;
  /**
   * When it was made.
   */
  made_at: number;
}
/**
 * New recovery codes. Told once.
 */
export interface RecoveryCodes {
  /**
   * Ten, each good once.
   *
   * Items: Protected health information, or a secret.
   */
  recovery_codes: string[];
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
 * A region that somebody may be at home in.
 */
export interface RegionCard {
  /**
   * Its name.
   */
  region: string;
  /**
   * Its people are kept here; those of the others are sent there.
   */
  is_kept: boolean;
}
/**
 * `person.register`: makes one's own account, as a patient.
 */
export interface RegisterPatient {
  /**
   * 1 to 120 characters.
   */
  display_name: string;
  /**
   * Unique, whatever its case.
   */
  email: string;
  /**
   * 15 to 128 characters.
   */
  password: string;
  /**
   * IANA zone in which they want to be shown times.
   */
  time_zone: string;
  /**
   * Short name of the organisation whose patient they will be; the deployment's first when absent.
   */
  organisation?: string;
  /**
   * The region that is their home; the hub's own when absent. One whose people are not kept here is refused by `kept_elsewhere`.
   */
  home_region?: string;
}
/**
 * `person.reinstate`: they can sign in again, by what they had.
 */
export interface ReinstatePerson {
  /**
   * Who.
   */
  person_id: PersonId;
}
/**
 * `slot.release`: the reservation is not needed any more.
 */
export interface ReleaseHold {
  /**
   * As the hold was answered.
   */
  hold_token: string;
}
/**
 * `quarantine.release`: the antivirus is wrong. It is looked at again by everything else, and can be fetched then.
 */
export interface ReleaseQuarantined {
  /**
   * Which.
   */
  file_id: FileId;
}
/**
 * `audit.remove_report`: one of the caller's own. Of another one they are told that there is none.
 */
export interface RemoveAuditReport {
  /**
   * Which.
   */
  report_id: ReportId;
}
/**
 * `closure.remove`: the clinic is not closed then.
 */
export interface RemoveClosure {
  /**
   * Which.
   */
  exception_id: ExceptionId;
}
/**
 * `schedule.remove_exception`: the deviation is no more.
 */
export interface RemoveException {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
  /**
   * Which.
   */
  exception_id: ExceptionId;
}
/**
 * `factor.remove`: a factor counts no more.
 */
export interface RemoveFactor {
  /**
   * Which of the caller's.
   */
  factor_id: FactorId;
}
/**
 * `file.remove`: whoever uploads it takes it back before it is attached.
 */
export interface RemoveFile {
  /**
   * Which.
   */
  file_id: FileId;
}
/**
 * `schedule.remove_template`: the rule is no more. Appointments that are booked stay.
 */
export interface RemoveTemplate {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
  /**
   * Which.
   */
  template_id: TemplateId;
}
/**
 * `factor.renew_recovery`: new recovery codes; older ones count no more.
 */
export interface RenewRecovery {}
/**
 * The same again and again.
 */
export interface Repeat {
  /**
   * Weeks from one to the next, 1 to 12.
   */
  every_weeks: number;
  /**
   * How many in all, 2 to 26.
   */
  count: number;
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
 * `media.report`: what the caller's browser measures, every few seconds; kept with the visit.
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
 * `person.reset_factors`: an account loses its factors, its identities at providers and its sign-ins, because its owner has lost
 * the device. They sign in with their password and enrol again.
 */
export interface ResetFactors {
  /**
   * Whose.
   */
  person_id: PersonId;
}
/**
 * `auth.reset_password`: chooses a password by a link that came by e-mail. Every sign-in of the account ends, and none begins. A link is good
 * once: whoever has not heard the answer signs in with what they chose.
 */
export interface ResetPassword {
  /**
   * From the fragment of the link.
   */
  link_token: string;
  /**
   * As of `auth.change_password`.
   */
  password: string;
}
/**
 * `conversation.resolve`: the clinic has dealt with it.
 */
export interface ResolveConversation {
  /**
   * Which.
   */
  conversation_id: ConversationId;
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
 * `notice.retry`: try again to send it.
 */
export interface RetryNotice {
  /**
   * Which.
   */
  notice_id: NoticeId;
}
/**
 * `emergency.review`: an administrator says what they found. Never who opened it, and once.
 */
export interface ReviewEmergency {
  /**
   * Which.
   */
  grant_id: GrantId;
  /**
   * What was found.
   */
  verdict: EmergencyVerdict;
  /**
   * In one's own words, 1 to 500 characters.
   */
  note: string;
}
/**
 * `visit.revoke`: withdraws a guest's invitation; their link, session and media end at once. For the host, and for
 * whoever invited that guest.
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
 * `audit.save_report`: keeps filters under a name. A report of the caller's by that name is replaced. At most 50 a person.
 */
export interface SaveAuditReport {
  /**
   * 1 to 80 characters. Free text: it may name somebody.
   */
  name: string;
  /**
   * What it looks for.
   */
  filters: AuditFilters;
  /**
   * Whether all administrators of the organisation see it.
   */
  shared?: boolean;
}
/**
 * `closure.save`: the clinic is closed then, for everybody. Appointments that are booked stay.
 */
export interface SaveClosure {
  /**
   * Which; a new one when absent.
   */
  exception_id?: ExceptionId;
  /**
   * What it says from now on; its kind is `closed`.
   */
  terms: ExceptionTerms;
}
/**
 * `schedule.save_exception`: a new deviation, or other terms of one. Appointments that are booked stay.
 */
export interface SaveException {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
  /**
   * Which; a new one when absent.
   */
  exception_id?: ExceptionId;
  /**
   * What it says from now on.
   */
  terms: ExceptionTerms;
}
/**
 * `schedule.save_template`: a new rule of hours, or other terms of one. Appointments that are booked stay.
 */
export interface SaveTemplate {
  /**
   * Whose.
   */
  practitioner_id: PersonId;
  /**
   * Which; a new one when absent.
   */
  template_id?: TemplateId;
  /**
   * What it says from now on.
   */
  terms: TemplateTerms;
}
/**
 * `audit.search`: what was called, newest first. Every filter narrows.
 */
export interface SearchAudit {
  /**
   * Called by this account.
   */
  person_id?: PersonId;
  /**
   * About the record of this patient.
   */
  patient_id?: PersonId;
  /**
   * This operation, such as `visit.admit`.
   */
  operation?: string;
  /**
   * That ended so: `ok` or the code of a fault; `begin` for what was begun, whatever came of it.
   */
  outcome?: string;
  /**
   * At or after this.
   */
  from?: number;
  /**
   * Before this.
   */
  until?: number;
  /**
   * Goes on after the page that said this.
   */
  cursor?: string;
  /**
   * At most so many, 1 to 200; 50 when absent.
   */
  limit?: number;
}
/**
 * `message.search`: messages with all of these words, newest first. Posted, because words belong into no URL.
 */
export interface SearchMessages {
  /**
   * Words, or beginnings of words of at least three letters.
   */
  words: string;
  /**
   * In this conversation; in all of the caller's when absent.
   */
  conversation_id?: ConversationId;
}
/**
 * `slot.search`: times that can be booked. Every filter narrows it; `doctorId` is read as `clinician_id`.
 */
export interface SearchSlots {
  /**
   * With whom.
   */
  clinician_id?: PersonId;
  /**
   * For what.
   */
  service_id?: ServiceId;
  /**
   * Of that specialty.
   */
  specialty?: string;
  /**
   * On that day, `YYYY-MM-DD`.
   */
  date?: string;
  /**
   * From that day on; today when absent.
   */
  from?: string;
  /**
   * Until that day, included; at most 62 days after the first; 14 days when absent.
   */
  until?: string;
  /**
   * IANA zone in which the days are meant; the caller's when absent.
   */
  time_zone?: string;
  /**
   * With somebody who speaks that language.
   */
  language?: string;
  /**
   * With somebody whom that insurer pays.
   */
  insurer?: string;
  /**
   * With somebody who may treat there on that day.
   */
  jurisdiction?: string;
  /**
   * In which order.
   */
  strategy?: Strategy;
  /**
   * At most so many, 1 to 500; 50 when absent.
   */
  limit?: number;
}
/**
 * `message.send`: posts a message. With an idempotency key it is posted once, however often it is sent.
 */
export interface SendMessage {
  /**
   * Where.
   */
  conversation_id: ConversationId;
  /**
   * What: 1 to 8192 bytes of UTF-8, without control characters but line breaks and tabs, and without overrides of
   * the direction of text. With files it may be empty.
   */
  body: string;
  /**
   * What it answers.
   */
  reply_to?: MessageId;
  /**
   * At most ten that the sender uploaded here and has not sent yet, in state `checking` or `clear`.
   *
   * Items: One file of a conversation.
   */
  files?: FileId[];
  /**
   * It is meant although the hub warned.
   */
  override?: Override;
}
/**
 * Answer of `message.send`: it is saved, and here it stands.
 */
export interface SentMessage {
  /**
   * The message.
   */
  message_id: MessageId;
  /**
   * Where the conversation's log was with it.
   */
  position: Position;
  /**
   * When it was saved.
   */
  at: number;
}
/**
 * How one message went.
 */
export interface SentNotice {
  /**
   * About what.
   */
  matter: NoticeMatter;
  /**
   * How.
   */
  channel: NoticeChannel;
  /**
   * Where it is.
   */
  state: NoticeProgress;
  /**
   * Tries.
   */
  attempts: number;
  /**
   * Why it was not sent, a word without any value.
   */
  failure?: string;
  /**
   * When it was settled; not said of those about appointments: reminders are sent a fixed time before they begin.
   */
  settled_at?: number;
}
/**
 * Answer of `support.list_notices`.
 */
export interface SentNotices {
  /**
   * See the operation.
   */
  notices: SentNotice[];
}
/**
 * A kind of appointment that can be booked (FHIR `HealthcareService`; the names of its parameters are those of
 * Medplum's SchedulingParameters).
 */
export interface ServiceCard {
  /**
   * Which.
   */
  service_id: ServiceId;
  /**
   * What it is.
   */
  terms: ServiceTerms;
  /**
   * Grows with every change.
   */
  revision: number;
}
/**
 * The terms of a service.
 */
export interface ServiceTerms {
  /**
   * As patients read it; 1 to 120 characters.
   */
  name: string;
  /**
   * Such as `dermatology`; kept in lower case, 1 to 60 characters.
   */
  specialty: string;
  /**
   * Length of an appointment in minutes, 5 to 480.
   */
  duration_min: number;
  /**
   * Minutes kept free before, 0 to 240.
   */
  buffer_before_min: number;
  /**
   * Minutes kept free after, 0 to 240.
   */
  buffer_after_min: number;
  /**
   * Appointments begin at multiples of so many minutes of the local day, 5 to 480 …
   */
  alignment_interval_min: number;
  /**
   * … and so many minutes later; less than the interval.
   */
  alignment_offset_min: number;
  /**
   * Not sooner than so many minutes from now, 0 to 43 200.
   */
  min_notice_min: number;
  /**
   * Not later than so many days from today, 1 to 366.
   */
  horizon_days: number;
  /**
   * People who share one time; 1 for all but groups, up to 20.
   */
  slot_capacity: number;
  /**
   * Whether it can be booked.
   */
  is_active: boolean;
  /**
   * What it costs; nothing when absent.
   */
  price?: Price;
}
/**
 * Answer of `service.list`.
 */
export interface Services {
  /**
   * By name.
   */
  services: ServiceCard[];
}
/**
 * A sign-in.
 */
export interface SessionCard {
  /**
   * Which.
   */
  session_id: SessionId;
  /**
   * Whether it is the one that asks.
   */
  is_this: boolean;
  /**
   * With what.
   */
  client: ClientKind;
  /**
   * Since when.
   */
  created_at: number;
  /**
   * When something was last done in it, to about a minute.
   */
  last_used_at: number;
  /**
   * When it ends in any case.
   */
  expires_at: number;
  /**
   * The one visit that it is for, when it was opened by a join link.
   */
  visit?: AppointmentId;
}
/**
 * Answer of `session.list`.
 */
export interface SessionCards {
  /**
   * At most 100, newest first.
   */
  sessions: SessionCard[];
}
/**
 * What was ended.
 */
export interface SessionsEnded {
  /**
   * How many.
   */
  ended: number;
}
/**
 * `record.hold`: nothing of this record may be erased until that is lifted.
 */
export interface SetLegalHold {
  /**
   * Whose.
   */
  person_id: PersonId;
  /**
   * 1 to 500 characters.
   */
  reason: string;
}
/**
 * `presence.set`: whether the caller touches anything on this socket. Without a socket it changes nothing.
 */
export interface SetPresence {
  /**
   * Nothing was touched for a while.
   */
  is_away: boolean;
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
 * What a patient shares.
 */
export interface Sharing {
  /**
   * [`FieldClass::Identity`].
   */
  identity: Audience;
  /**
   * [`FieldClass::Contact`].
   */
  contact: Audience;
  /**
   * [`FieldClass::Insurance`].
   */
  insurance: Audience;
  /**
   * [`FieldClass::Complaint`].
   */
  complaint: Audience;
  /**
   * [`FieldClass::Visits`].
   */
  visits: Audience;
  /**
   * [`FieldClass::Messages`].
   */
  messages: Audience;
  /**
   * Interpreters, and guests of a visit.
   */
  helpers: HelperSharing;
}
/**
 * What holds, or held.
 */
export interface SharingState {
  /**
   * What is shared.
   */
  sharing: Sharing;
  /**
   * Grows with every change; 0 for what holds of somebody who never said.
   */
  revision: number;
  /**
   * Since when.
   */
  at?: number;
}
/**
 * Answer of `sharing.list_versions`.
 */
export interface SharingVersions {
  /**
   * The latest first, at most 200.
   */
  versions: SharingState[];
}
/**
 * `auth.sign_in`: opens a session, or, for an account with a second factor, asks for that. The refresh token comes in an
 * HttpOnly cookie of this session's name.
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
 * Somebody signed in, or tried to.
 */
export interface SignInAttempt {
  /**
   * Which.
   */
  audit_id: AuditId;
  /**
   * When.
   */
  at: number;
  /**
   * Whether they got in.
   */
  succeeded: boolean;
  /**
   * `ok`, or the code of the fault, such as `wrong_credentials`.
   */
  outcome: string;
  /**
   * The network they were in, such as `203.0.113.0/24`.
   */
  network?: string;
}
/**
 * `auth.sign_in_passkey`: opens a session of whose passkey it is.
 */
export interface SignInPasskey {
  /**
   * From `auth.begin_passkey`.
   */
  challenge: string;
  /**
   * What was signed.
   */
  assertion: PasskeyAssertion;
}
/**
 * Answer of `support.read_sign_in`.
 */
export interface SignInState {
  /**
   * Whose.
   */
  person_id: PersonId;
  /**
   * Second factors that are confirmed.
   */
  factors: number;
  /**
   * Recovery codes that are left.
   */
  recovery_codes: number;
  /**
   * Open sign-ins, newest first, at most 100; for which visit a link was is not said.
   */
  sessions: SessionCard[];
}
/**
 * Answer of `audit.sign_ins`.
 */
export interface SignIns {
  /**
   * Newest first.
   */
  sign_ins: SignInAttempt[];
  /**
   * For the next page; absent when this is the last.
   */
  cursor?: string;
}
/**
 * `auth.sign_out`: ends the session of the caller and closes its sockets.
 */
export interface SignOut {}
/**
 * `conversation.type`: the caller is writing, or is not any more. Forgotten after five seconds.
 */
export interface SignalTyping {
  /**
   * Which.
   */
  conversation_id: ConversationId;
  /**
   * Whether they are.
   */
  is_typing: boolean;
}
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
 * `auth.step_up`: proves it, for operations that ask for a proof of late (fault `step_up`). The session and its tokens go on.
 */
export interface StepUp {
  /**
   * From `auth.begin_step_up`.
   */
  challenge: string;
  /**
   * By one of its methods.
   */
  proof: Proof;
}
/**
 * Which proof is needed.
 */
export interface StepUpNeeded {
  /**
   * Seconds that it may be old.
   */
  max_age_s: number;
  /**
   * What would prove it.
   */
  methods: ProofKind[];
}
/**
 * It is proven.
 */
export interface SteppedUp {
  /**
   * When.
   */
  proved_at: number;
}
/**
 * Answer of `support.list_people`.
 */
export interface SupportedPeople {
  /**
   * At most 500.
   */
  people: SupportedPerson[];
}
/**
 * An account as support sees it.
 */
export interface SupportedPerson {
  /**
   * Id.
   */
  person_id: PersonId;
  /**
   * Name as it is shown to others.
   */
  display_name: string;
  /**
   * Role.
   */
  role: Role;
  /**
   * Whether they can sign in; why not is told to administrators.
   */
  status: PersonStatus;
  /**
   * When the account was made.
   */
  created_at: number;
}
/**
 * `person.suspend`: they cannot sign in any more, and every sign-in of theirs ends. Their appointments stay; nothing new is booked
 * with them.
 */
export interface SuspendPerson {
  /**
   * Who.
   */
  person_id: PersonId;
  /**
   * 1 to 500 characters; administrators read it.
   */
  reason: string;
}
/**
 * Why somebody is suspended.
 */
export interface Suspension {
  /**
   * As who suspended them wrote it.
   */
  reason: string;
  /**
   * The administrator.
   */
  by: PersonId;
}
/**
 * Something that a person at the clinic has to look at.
 */
export interface TaskCard {
  /**
   * Which.
   */
  task_id: TaskId;
  /**
   * What.
   */
  kind: TaskKind;
  /**
   * About which appointment.
   */
  appointment_id: AppointmentId;
  /**
   * Since when.
   */
  created_at: number;
}
/**
 * Answer of `task.list`.
 */
export interface Tasks {
  /**
   * At most 200.
   */
  tasks: TaskCard[];
}
/**
 * A rule of hours as kept.
 */
export interface TemplateCard {
  /**
   * Which.
   */
  template_id: TemplateId;
  /**
   * What it says.
   */
  terms: TemplateTerms;
}
/**
 * A recurring rule of hours.
 */
export interface TemplateTerms {
  /**
   * Where the practitioner sits meanwhile; at most 120 characters.
   */
  location: string;
  /**
   * IANA zone in which the hours are meant.
   */
  time_zone: string;
  /**
   * RFC 5545 recurrence rule of the days, without times: `FREQ=WEEKLY;BYDAY=MO,TU`.
   */
  recurrence: string;
  /**
   * `HH:MM`.
   */
  starts: string;
  /**
   * `HH:MM`, after the begin; `24:00` is the end of the day.
   */
  ends: string;
  /**
   * First day, `YYYY-MM-DD`.
   */
  valid_from: string;
  /**
   * Last day, `YYYY-MM-DD`.
   */
  valid_until?: string;
  /**
   * Days that are left out, `YYYY-MM-DD`.
   */
  except_dates?: string[];
  /**
   * For these services; for all when empty.
   *
   * Items: A kind of appointment that can be booked (FHIR `HealthcareService`).
   */
  service_ids?: ServiceId[];
}
/**
 * A secret to be put into an app. Told once.
 */
export interface TotpSecret {
  /**
   * The factor that it will be.
   */
  factor_id: FactorId;
  /**
   * Base32, to be typed.
   */
  secret: string;
  /**
   * `otpauth://`, to be shown as a QR code.
   */
  url: string;
  /**
   * Until when it can be confirmed.
   */
  expires_at: number;
}
/**
 * `identity.unlink`: it signs nobody in any more, and the other sign-ins that it has opened end.
 */
export interface UnlinkIdentity {
  /**
   * Which.
   */
  identity_id: IdentityId;
}
/**
 * `out_of_office.update`: the caller's, from now on.
 */
export interface UpdateOutOfOffice {
  /**
   * From now on.
   */
  out_of_office: OutOfOffice;
}
/**
 * `person.update`: what somebody is called, what they are and in which time zone, from now on. Patients stay patients and nobody
 * becomes one; other roles change among each other, but for one's own, for that of the last administrator, and for that of whoever has
 * appointments to come. With another role every sign-in of theirs ends.
 */
export interface UpdatePerson {
  /**
   * Who.
   */
  person_id: PersonId;
  /**
   * The revision that the caller has seen.
   */
  revision: number;
  /**
   * 1 to 120 characters.
   */
  display_name: string;
  /**
   * The one that they have, or another.
   */
  role: Role;
  /**
   * IANA name such as `Europe/Berlin`.
   */
  time_zone: string;
  /**
   * The region where their data live from now on, one that the hub knows; as it was when absent. With one whose people are not kept
   * here they have moved: every sign-in of theirs ends, none is opened, and nothing new is booked. Not with appointments to come.
   */
  home_region?: string;
}
/**
 * `practitioner.update`: what the directory tells from now on; one's own, or anybody's by an administrator.
 */
export interface UpdatePractitioner {
  /**
   * Whose.
   */
  person_id: PersonId;
  /**
   * The revision that the caller has seen.
   */
  revision: number;
  /**
   * From now on.
   */
  profile: PractitionerProfile;
}
/**
 * `preferences.update`: what the caller wants from now on.
 */
export interface UpdatePreferences {
  /**
   * From now on.
   */
  preferences: NoticePreferences;
}
/**
 * `profile.update`: what holds from now on.
 */
export interface UpdateProfile {
  /**
   * The revision that the caller has seen.
   */
  revision: number;
  /**
   * From now on.
   */
  profile: PatientProfile;
}
/**
 * `service.update`: other terms from now on; appointments that are booked stay as they are.
 */
export interface UpdateService {
  /**
   * Which.
   */
  service_id: ServiceId;
  /**
   * The revision that the caller has seen.
   */
  revision: number;
  /**
   * What it is from now on.
   */
  terms: ServiceTerms;
}
/**
 * `sharing.update`: what the caller shares from now on. Conversations that somebody may not read any more end for them at once.
 */
export interface UpdateSharing {
  /**
   * The one that was read.
   */
  revision: number;
  /**
   * From now on.
   */
  sharing: Sharing;
}
/**
 * Appointments by what became of them. Absent is not told: fewer than 11 patients, or it would give such a figure away.
 */
export interface UsageLine {
  /**
   * To come, or nobody has said what became of it.
   */
  booked?: number;
  /**
   * The visit took place.
   */
  held?: number;
  /**
   * Cancelled, by whomever.
   */
  cancelled?: number;
  /**
   * The patient did not come.
   */
  missed?: number;
}
/**
 * Answer of `report.read_usage`.
 */
export interface UsageReport {
  /**
   * IANA zone of the organisation, in which weeks begin.
   */
  time_zone: string;
  /**
   * First instant of the first week.
   */
  since: number;
  /**
   * First instant after the last week.
   */
  until: number;
  /**
   * Of how many patients the figures tell; absent when they are 1 to 10.
   */
  patients?: number;
  /**
   * All weeks together.
   */
  whole: UsageLine;
  /**
   * Each week, the earliest first.
   */
  weeks: UsageWeek[];
  /**
   * Services of which there was an appointment, by name; what has none at the end.
   */
  services: UsageService[];
  /**
   * Median of the minutes from a patient's first coming to being let in for the first time, of visits that took place; of 11 patients or more.
   */
  waited_min?: number;
  /**
   * Median of the minutes from patient and clinician being together to the clinician's ending it; of 11 patients or more. What nobody ended
   * is left out.
   */
  lasted_min?: number;
}
/**
 * A service in that span.
 */
export interface UsageService {
  /**
   * Which; absent for what an administrator placed without one.
   */
  service_id?: ServiceId;
  /**
   * As it is called now; absent without one.
   */
  name?: string;
  /**
   * Appointments for it.
   */
  appointments: UsageLine;
}
/**
 * A calendar week.
 */
export interface UsageWeek {
  /**
   * Its Monday, `YYYY-MM-DD`.
   */
  monday: string;
  /**
   * Appointments that begin in it.
   */
  appointments: UsageLine;
}
/**
 * `auth.verify_factor`: the second step of a sign-in.
 */
export interface VerifyFactor {
  /**
   * From `auth.sign_in`.
   */
  challenge: string;
  /**
   * By one of its methods.
   */
  proof: Proof;
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
/**
 * Answer of `waitlist.list`.
 */
export interface Waitlist {
  /**
   * First come first.
   */
  entries: WaitlistCard[];
}
/**
 * A wish for an earlier place.
 */
export interface WaitlistCard {
  /**
   * Which.
   */
  waitlist_id: WaitlistId;
  /**
   * For what.
   */
  service_id: ServiceId;
  /**
   * With whom.
   */
  clinician_id?: PersonId;
  /**
   * Not before.
   */
  from: number;
  /**
   * Not after.
   */
  until: number;
  /**
   * When a place was last offered.
   */
  offered_at?: number;
}
/**
 * `consent.withdraw`: the caller takes it back, from now on.
 */
export interface WithdrawConsent {
  /**
   * What.
   */
  kind: ConsentKind;
  /**
   * Under which law; empty where none is named.
   */
  jurisdiction?: string;
}

/** Every operation with what it takes and what it gives. */
export interface OperationMap {
  'auth.sign_in': { params: SignIn; output: SignInAnswer };
  'auth.refresh': { params: Refresh; output: SignedIn };
  'auth.sign_out': { params: SignOut; output: Done };
  'auth.verify_factor': { params: VerifyFactor; output: SignedIn };
  'auth.begin_passkey': { params: BeginPasskeySignIn; output: PasskeySignIn };
  'auth.sign_in_passkey': { params: SignInPasskey; output: SignedIn };
  'auth.begin_step_up': { params: BeginStepUp; output: FactorChallenge };
  'auth.step_up': { params: StepUp; output: SteppedUp };
  'auth.change_password': { params: ChangePassword; output: Done };
  'auth.ask_reset': { params: AskReset; output: Done };
  'auth.reset_password': { params: ResetPassword; output: Done };
  'auth.finish_provider': { params: FinishProvider; output: SignInAnswer };
  'provider.list': { params: ListProviders; output: Providers };
  'identity.list': { params: ListIdentities; output: Identities };
  'identity.begin_link': { params: BeginLink; output: LinkBegun };
  'identity.link': { params: LinkIdentity; output: IdentityCard };
  'identity.unlink': { params: UnlinkIdentity; output: Done };
  'factor.list': { params: ListFactors; output: Factors };
  'factor.begin_totp': { params: BeginTotp; output: TotpSecret };
  'factor.confirm_totp': { params: ConfirmTotp; output: FactorAdded };
  'factor.begin_passkey': { params: BeginPasskey; output: PasskeyBegun };
  'factor.add_passkey': { params: AddPasskey; output: FactorAdded };
  'factor.remove': { params: RemoveFactor; output: Done };
  'factor.renew_recovery': { params: RenewRecovery; output: RecoveryCodes };
  'session.list': { params: ListSessions; output: SessionCards };
  'session.end': { params: EndSession; output: SessionsEnded };
  'session.end_others': { params: EndOtherSessions; output: SessionsEnded };
  'session.end_all': { params: EndAllSessions; output: SessionsEnded };
  'me.read': { params: ReadMe; output: Me };
  'person.create': { params: CreatePerson; output: Person };
  'person.invite': { params: InvitePerson; output: Done };
  'person.update': { params: UpdatePerson; output: Person };
  'person.suspend': { params: SuspendPerson; output: PersonSuspended };
  'person.reinstate': { params: ReinstatePerson; output: Person };
  'person.reset_factors': { params: ResetFactors; output: Done };
  'person.list': { params: ListPeople; output: People };
  'person.register': { params: RegisterPatient; output: Person };
  'profile.read': { params: ReadProfile; output: OwnProfile };
  'profile.update': { params: UpdateProfile; output: OwnProfile };
  'consent.list': { params: ListConsents; output: Consents };
  'consent.give': { params: GiveConsent; output: ConsentCard };
  'consent.withdraw': { params: WithdrawConsent; output: ConsentCard };
  'sharing.read': { params: ReadSharing; output: SharingState };
  'sharing.update': { params: UpdateSharing; output: SharingState };
  'sharing.list_versions': { params: ListSharingVersions; output: SharingVersions };
  'patient.read': { params: ReadPatient; output: PatientChart };
  'patient.list_visits': { params: ListPatientVisits; output: Appointments };
  'patient.list_conversations': { params: ListPatientConversations; output: PatientConversations };
  'patient.list_messages': { params: ListPatientMessages; output: Messages };
  'emergency.open': { params: OpenEmergency; output: EmergencyCard };
  'emergency.list': { params: ListEmergencies; output: Emergencies };
  'emergency.list_reviews': { params: ListEmergencyReviews; output: EmergencyReviews };
  'emergency.list_uses': { params: ListEmergencyUses; output: EmergencyUses };
  'emergency.review': { params: ReviewEmergency; output: EmergencyReview };
  'record.export': { params: ExportRecord; output: RecordExport };
  'record.ask_erasure': { params: AskErasure; output: ErasureCard };
  'record.read_erasure': { params: ReadOwnErasure; output: OwnErasure };
  'record.list_erasures': { params: ListErasures; output: Erasures };
  'record.erase': { params: EraseRecord; output: ErasureCertificate };
  'record.read_certificate': { params: ReadCertificate; output: ErasureCertificate };
  'record.list_holds': { params: ListLegalHolds; output: LegalHolds };
  'record.hold': { params: SetLegalHold; output: LegalHold };
  'record.lift_hold': { params: LiftLegalHold; output: Done };
  'report.read_usage': { params: ReadUsage; output: UsageReport };
  'practitioner.list': { params: ListPractitioners; output: Practitioners };
  'practitioner.update': { params: UpdatePractitioner; output: Practitioner };
  'service.list': { params: ListServices; output: Services };
  'service.create': { params: CreateService; output: ServiceCard };
  'service.update': { params: UpdateService; output: ServiceCard };
  'schedule.read': { params: ReadSchedule; output: Hours };
  'schedule.calendar': { params: ReadCalendar; output: Calendar };
  'schedule.save_template': { params: SaveTemplate; output: TemplateCard };
  'schedule.remove_template': { params: RemoveTemplate; output: Done };
  'schedule.save_exception': { params: SaveException; output: ExceptionCard };
  'schedule.remove_exception': { params: RemoveException; output: Done };
  'closure.list': { params: ListClosures; output: Closures };
  'closure.save': { params: SaveClosure; output: ExceptionCard };
  'closure.remove': { params: RemoveClosure; output: Done };
  'slot.search': { params: SearchSlots; output: OpenSlots };
  'slot.hold': { params: HoldSlot; output: Hold };
  'slot.release': { params: ReleaseHold; output: Done };
  'appointment.create': { params: CreateAppointment; output: AppointmentCard };
  'appointment.place': { params: PlaceAppointment; output: AppointmentCard };
  'appointment.move': { params: MoveAppointment; output: AppointmentCard };
  'appointment.read_history': { params: ReadHistory; output: History };
  'appointment.read_calendar_file': { params: ReadCalendarFile; output: CalendarFile };
  'payment.begin': { params: BeginPayment; output: Payment };
  'payment.read': { params: ReadPayment; output: Payment };
  'payment.confirm': { params: ConfirmPayment; output: AppointmentCard };
  'payment.list': { params: ListPayments; output: Payments };
  'waitlist.join': { params: JoinWaitlist; output: WaitlistCard };
  'waitlist.leave': { params: LeaveWaitlist; output: Done };
  'waitlist.list': { params: ListWaitlist; output: Waitlist };
  'inbox.list': { params: ListInbox; output: Inbox };
  'inbox.mark_read': { params: MarkRead; output: Done };
  'preferences.read': { params: ReadPreferences; output: NoticePreferences };
  'preferences.update': { params: UpdatePreferences; output: NoticePreferences };
  'notice.list_dead': { params: ListDeadNotices; output: DeadNotices };
  'notice.retry': { params: RetryNotice; output: Done };
  'task.list': { params: ListTasks; output: Tasks };
  'task.finish': { params: FinishTask; output: Done };
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
  'conversation.open': { params: OpenConversation; output: ConversationCard };
  'conversation.list': { params: ListConversations; output: Conversations };
  'conversation.read': { params: ReadConversation; output: ConversationView };
  'conversation.assign': { params: AssignConversation; output: ConversationView };
  'conversation.resolve': { params: ResolveConversation; output: ConversationView };
  'conversation.mark': { params: MarkConversation; output: Done };
  'conversation.type': { params: SignalTyping; output: Done };
  'message.send': { params: SendMessage; output: SentMessage };
  'message.list': { params: ListMessages; output: Messages };
  'message.read_delivery': { params: ReadDelivery; output: Delivery };
  'message.edit': { params: EditMessage; output: Message };
  'message.delete': { params: DeleteMessage; output: Message };
  'message.search': { params: SearchMessages; output: FoundMessages };
  'file.begin': { params: BeginFile; output: BegunFile };
  'file.read': { params: ReadFile; output: FileCard };
  'file.link': { params: LinkFile; output: FileLink };
  'file.remove': { params: RemoveFile; output: Done };
  'quarantine.list': { params: ListQuarantine; output: Quarantine };
  'quarantine.release': { params: ReleaseQuarantined; output: Done };
  'quarantine.remove': { params: DropQuarantined; output: Done };
  'out_of_office.read': { params: ReadOutOfOffice; output: OutOfOffice };
  'out_of_office.update': { params: UpdateOutOfOffice; output: OutOfOffice };
  'audit.search': { params: SearchAudit; output: AuditRecords };
  'audit.export': { params: ExportAudit; output: AuditFile };
  'audit.own': { params: ListOwnAccess; output: OwnAccess };
  'audit.sign_ins': { params: ListSignIns; output: SignIns };
  'audit.checkpoint': { params: ReadAuditCheckpoint; output: AuditCheckpoint };
  'audit.prove': { params: ProveAudit; output: AuditProof };
  'audit.read_event': { params: ReadAuditEvent; output: AuditEvents };
  'audit.list_reports': { params: ListAuditReports; output: AuditReports };
  'audit.save_report': { params: SaveAuditReport; output: AuditReport };
  'audit.remove_report': { params: RemoveAuditReport; output: Done };
  'support.list_people': { params: ListSupported; output: SupportedPeople };
  'support.read_sign_in': { params: ReadSignInState; output: SignInState };
  'support.list_notices': { params: ListSentNotices; output: SentNotices };
  'node.read_state': { params: ReadNodeState; output: NodeState };
  'presence.set': { params: SetPresence; output: Done };
}

/** Operations that change durable state: each call of one carries an idempotency key. */
export const WRITES: readonly string[] = /* @__PURE__ */ "appointment.cancel appointment.create appointment.move appointment.place audit.remove_report audit.save_report auth.ask_reset auth.change_password auth.finish_provider auth.refresh auth.reset_password auth.sign_in auth.sign_in_passkey auth.sign_out auth.verify_factor closure.remove closure.save consent.give consent.withdraw conversation.assign conversation.open conversation.resolve emergency.open emergency.review factor.remove file.begin file.remove identity.unlink inbox.mark_read message.delete message.edit message.send notice.retry out_of_office.update payment.begin payment.confirm person.create person.invite person.register person.reinstate person.reset_factors person.suspend person.update practitioner.update preferences.update profile.update record.ask_erasure record.erase record.hold record.lift_hold schedule.remove_exception schedule.remove_template schedule.save_exception schedule.save_template service.create service.update session.end session.end_all sharing.update slot.hold slot.release task.finish video.create_join_token video.create_session visit.admit visit.end visit.enter visit.hold visit.invite visit.leave visit.mark_no_show visit.report_device visit.revoke waitlist.join waitlist.leave".split(' ');

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
  provider_refused: [2006, 'never'],
  provider_distrusted: [2007, 'never'],
  identity_unknown: [2008, 'never'],
  forbidden: [3000, 'never'],
  not_admitted: [3001, 'refresh'],
  wrong_origin: [3002, 'never'],
  licence_required: [3003, 'never'],
  payment_required: [3004, 'refresh'],
  content_blocked: [3005, 'never'],
  factor_required: [3006, 'never'],
  step_up: [3007, 'refresh'],
  wrong_factor: [3008, 'never'],
  tls_required: [3009, 'never'],
  not_this_way: [3010, 'never'],
  not_found: [4000, 'never'],
  visit_closed: [4100, 'never'],
  hold_expired: [4101, 'refresh'],
  challenge_ended: [4102, 'refresh'],
  link_ended: [4103, 'never'],
  conflict: [5000, 'refresh'],
  not_allowed_now: [5001, 'refresh'],
  email_taken: [5002, 'never'],
  key_reused: [5003, 'never'],
  still_running: [5004, 'after'],
  moved: [5005, 'now'],
  slot_taken: [5006, 'refresh'],
  not_offered: [5007, 'refresh'],
  stale: [5008, 'refresh'],
  wrong_offset: [5009, 'refresh'],
  content_warned: [5010, 'never'],
  identity_taken: [5011, 'never'],
  kept_elsewhere: [5012, 'never'],
  too_many_requests: [6000, 'after'],
  too_many_follows: [6001, 'never'],
  too_many_in_flight: [6002, 'after'],
  visit_full: [6003, 'never'],
  file_quota: [6004, 'never'],
  emergency_quota: [6005, 'never'],
  unavailable: [7000, 'after'],
  media_unavailable: [7001, 'after'],
  draining: [7002, 'after'],
  deadline_exceeded: [8000, 'now'],
  cancelled: [8001, 'now'],
  outcome_unknown: [8002, 'now'],
  internal: [9000, 'after'],
};

/** Those that the library finds by itself; whoever only needs these does not carry the others along. */
export const OWN_FAULTS = {
  too_large: [1005, 'never'],
  unauthenticated: [2000, 'reauthenticate'],
  session_ended: [2002, 'reauthenticate'],
  not_found: [4000, 'never'],
  too_many_requests: [6000, 'after'],
  unavailable: [7000, 'after'],
  deadline_exceeded: [8000, 'now'],
  cancelled: [8001, 'now'],
  internal: [9000, 'after'],
} as const satisfies Partial<typeof FAULTS>;

/** Reason and verdict of every close code. */
export const CLOSES: Readonly<Record<number, readonly [CloseReason, Verdict]>> = {
  1002: ['protocol_error', 'bug'],
  1007: ['invalid_text', 'bug'],
  1009: ['message_too_big', 'bug'],
  4000: ['draining', 'resume'],
  4001: ['slow', 'resume'],
  4002: ['silent', 'resume'],
  4003: ['busy', 'resume'],
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
