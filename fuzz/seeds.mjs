// Writes the inputs that fuzzing begins with: `node fuzz/seeds.mjs FOLDER` fills FOLDER/frames, FOLDER/sdp,
// FOLDER/packet and FOLDER/pdf. Frames are the golden vectors of docs/protocol; offers and datagrams are made here, as
// browsers make them, and documents as small as they can be.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

const folder = process.argv[2];
if (!folder) {
    console.error('usage: node fuzz/seeds.mjs FOLDER');
    process.exit(2);
}

function write(target, seeds) {
    rmSync(`${folder}/${target}`, { recursive: true, force: true });
    mkdirSync(`${folder}/${target}`, { recursive: true });
    for (const [name, bytes] of Object.entries(seeds)) {
        writeFileSync(`${folder}/${target}/${name}`, bytes);
    }
}

// A message is an array of frames; MessagePack says so by one byte in front.
function frames() {
    const golden = JSON.parse(readFileSync(new URL('../docs/protocol/golden.json', import.meta.url)));
    const seeds = {};
    const ofClients = golden.filter((it) => it.type === 'ClientFrame');
    for (const [number, { json, msgpack }] of ofClients.entries()) {
        seeds[`${number}.json`] = JSON.stringify([json]);
        seeds[`${number}.msgpack`] = Buffer.from(`91${msgpack}`, 'hex');
    }
    seeds['all.json'] = JSON.stringify(ofClients.map((it) => it.json));
    const head = (0x90 + ofClients.length).toString(16);
    seeds['all.msgpack'] = Buffer.from(head + ofClients.map((it) => it.msgpack).join(''), 'hex');
    return seeds;
}

const EXTENSIONS = [
    'extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
    'extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
];
const SOUND = [
    'rtpmap:111 opus/48000/2',
    'fmtp:111 minptime=10;useinbandfec=1',
    'rtcp-fb:111 transport-cc',
    'rtpmap:63 red/48000/2',
    'fmtp:63 111/111',
];
const PICTURE = [
    'rtpmap:96 VP8/90000',
    'rtcp-fb:96 goog-remb',
    'rtcp-fb:96 transport-cc',
    'rtcp-fb:96 ccm fir',
    'rtcp-fb:96 nack',
    'rtcp-fb:96 nack pli',
    'rtpmap:97 rtx/90000',
    'fmtp:97 apt=96',
];
const LAYERS = ['rid:l send', 'rid:m send', 'rid:h send', 'simulcast:send l;m;h'];

// The one offer of a client: microphone, camera in three layers, screen, and two slots for each sound and picture.
function offer(slots, more) {
    const sections = [...'avv', ...'av'.repeat(slots)];
    const lines = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];
    lines.push(`a=group:BUNDLE ${sections.map((_, mid) => mid).join(' ')}`, ...more);
    for (const [mid, kind] of sections.entries()) {
        const [media, types, formats] =
            kind === 'a' ? ['audio', '111 63', SOUND] : ['video', '96 97', PICTURE];
        lines.push(`m=${media} 9 UDP/TLS/RTP/SAVPF ${types}`, 'c=IN IP4 0.0.0.0');
        const attributes = [
            'ice-ufrag:client',
            'ice-pwd:abcdefghijklmnopqrstuvwx',
            `fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
            'setup:actpass',
            `mid:${mid}`,
            mid < 3 ? 'sendonly' : 'recvonly',
            'rtcp-mux',
            ...EXTENSIONS,
            ...formats,
            ...(mid === 1 ? LAYERS : []),
        ];
        lines.push(...attributes.map((it) => `a=${it}`));
    }
    return lines.join('\r\n') + '\r\n';
}

function offers() {
    const candidate = 'a=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host generation 0';
    return {
        'none.sdp': offer(0, []),
        'two.sdp': offer(2, ['a=extmap-allow-mixed', 'a=msid-semantic: WMS']),
        'eight.sdp': offer(8, ['a=ice-options:trickle', candidate]),
    };
}

const u16 = (it) => [(it >> 8) & 255, it & 255];
const u32 = (it) => [...u16(it >>> 16), ...u16(it)];
const text = (it) => [...Buffer.from(it)];

// An RTP packet with one-byte header extensions (RFC 3550, RFC 8285).
function rtp({ type, number, time, ssrc, marker = false, extensions, payload }) {
    const body = extensions.flatMap(([id, bytes]) => [(id << 4) | (bytes.length - 1), ...bytes]);
    while (body.length % 4) body.push(0);
    const fixed = [0x90, (marker ? 0x80 : 0) | type, ...u16(number), ...u32(time), ...u32(ssrc)];
    return [...fixed, 0xbe, 0xde, ...u16(body.length / 4), ...body, ...payload];
}

function rtcp(count, type, body) {
    return [0x80 | count, type, ...u16(body.length / 4), ...body];
}

const [SOUND_SSRC, PICTURE_SSRC, REPAIR_SSRC] = [0x1111, 0x2222, 0x3333];

function sound(number) {
    const extensions = [[1, [0x90]], [3, u16(number)], [4, text('0')]];
    return rtp({ type: 111, number, time: number * 960, ssrc: SOUND_SSRC, extensions, payload: text('opus') });
}

// VP8 (RFC 7741) with picture id, TL0PICIDX, TID and KEYIDX; the first one is a key frame of 320×180.
function picture(number, isKey) {
    const extensions = [[3, u16(number)], [4, text('1')], [10, text('l')]];
    const descriptor = [0x90, 0xf0, 0x80, number & 255, number & 255, 0x20];
    const frame = isKey ? [0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0, 7, 7] : [0x11, 2, 0, 7, 7];
    const payload = [...descriptor, ...frame];
    return rtp({ type: 96, number, time: number * 3000, ssrc: PICTURE_SSRC, marker: true, extensions, payload });
}

function repair(number, original) {
    const extensions = [[4, text('1')], [11, text('l')]];
    const payload = [...u16(original), 0x90, 0x80, 5, 0x11, 2, 0];
    return rtp({ type: 97, number, time: original * 3000, ssrc: REPAIR_SSRC, extensions, payload });
}

const SENDER = u32(1);
const control = {
    report: rtcp(1, 200, [
        ...u32(SOUND_SSRC), ...u32(0xe8754ac0), ...u32(0), ...u32(960), ...u32(1), ...u32(4),
        ...u32(PICTURE_SSRC), 10, 0, 0, 1, ...u32(70_000), ...u32(20), ...u32(0x4ac00000), ...u32(65_536),
    ]),
    receiver: rtcp(1, 201, [...SENDER, ...u32(PICTURE_SSRC), 0, 0, 0, 0, ...u32(2), ...u32(0), ...u32(0), ...u32(0)]),
    names: rtcp(1, 202, [...SENDER, 1, 2, 97, 98, 0, 0, 0, 0]),
    bye: rtcp(1, 203, SENDER),
    lost: rtcp(1, 205, [...SENDER, ...u32(PICTURE_SSRC), ...u16(2), ...u16(5)]),
    picture: rtcp(1, 206, [...SENDER, ...u32(PICTURE_SSRC)]),
    intra: rtcp(4, 206, [...SENDER, ...u32(0), ...u32(PICTURE_SSRC), 1, 0, 0, 0]),
    estimate: rtcp(15, 206, [...SENDER, ...u32(0), ...text('REMB'), 1, 0x0b, 0xd0, 0x90, ...u32(PICTURE_SSRC)]),
    arrivals: rtcp(15, 205, [...SENDER, ...u32(0), ...u16(0), ...u16(3), 0, 0, 1, 0, 0x20, 3, 4, 8, 12, 0, 0, 0]),
};

// The first byte says whose it is (high half) and how far it gets: see src/sfu/fuzzing.rs.
const RAW = 0;
const CONTROL = 1;
const SEALED = 2;
const TIME = 3;
const story = (...datagrams) =>
    Buffer.from(datagrams.flatMap(([way, bytes]) => [way, ...u16(bytes.length), ...bytes]));
const from = (client, way, bytes) => [(client << 4) | way, bytes];
const time = (milliseconds) => [(milliseconds << 2) | TIME, []];

function packets() {
    const pictures = [...Array(12).keys()].map((it) => from(0, SEALED, picture(it + 1, it === 0)));
    const binding = [0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, ...Array(12).fill(7), 0, 6, 0, 4, ...text('u1:c')];
    const seeds = {
        sound: story(...[1, 2, 3].flatMap((it) => [from(0, SEALED, sound(it)), time(20)])),
        pictures: story(...pictures, time(60), from(1, CONTROL, control.lost), time(60)),
        repaired: story(pictures[0], pictures[2], from(0, SEALED, repair(1, 2)), time(40), pictures[3]),
        forged: story(from(0, RAW, picture(1, true)), from(1, RAW, sound(1)), from(2, RAW, binding)),
        reports: story(
            from(0, SEALED, sound(1)),
            ...Object.values(control).flatMap((it) => [from(1, CONTROL, it), time(30)]),
        ),
        compound: story(from(2, CONTROL, [...control.report, ...control.names, ...control.bye])),
    };
    for (const [name, bytes] of Object.entries(control)) {
        seeds[`control-${name}`] = story(pictures[0], time(60), from(1, CONTROL, bytes), time(60));
    }
    return seeds;
}

// Objects one behind the other; a stream is a dictionary and its bytes.
function pdf(...objects) {
    const written = objects.map(([number, says, bytes]) => {
        const stream = bytes === undefined ? [] : ['\nstream\n', bytes, '\nendstream'];
        return Buffer.concat([`${number} 0 obj\n${says}`, ...stream, '\nendobj\n'].map((it) => Buffer.from(it)));
    });
    return Buffer.concat([Buffer.from('%PDF-1.7\n'), ...written, Buffer.from('trailer <</Root 1 0 R>>\n%%EOF\n')]);
}

function documents() {
    const page = '<</Type /Page /Parent 2 0 R /Resources <</Font <</F1 4 0 R>> /XObject <</X1 6 0 R>>>> /Contents [5 0 R]>>';
    const codes =
        '1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <000a> <0030> endbfrange';
    const shown = 'q 1 0 0 1 72 720 cm BT /F1 12 Tf 14 TL [<0005> -250 (1)] TJ 0 -14 Td (4111) \' T* <34> Tj ET Q /X1 Do BI /W 1 ID x EI';
    const packed = '/Filter /FlateDecode>>';
    const simple = '<</Type /Font /FirstChar 48 /Widths [500 500] /Encoding <</Differences [1 /one 2 /uni0032]>>>>';
    const wide = '<</Subtype /Type0 /Encoding /Identity-H /ToUnicode 7 0 R /DescendantFonts [<</DW 500 /W [1 [250] 2 9 500]>>]>>';
    const form = [6, '<</Subtype /Form /Filter /ASCIIHexDecode>>', '28343129 20546A>'];
    const within = '8 0 9 9 ';
    return {
        'plain.pdf': pdf([3, page], [4, simple], [5, '<<>>', shown], form),
        'packed.pdf': pdf([3, page], [4, wide], [5, `<<${packed}`, deflateSync(shown)], [7, `<<${packed}`, deflateSync(codes)]),
        'objects.pdf': pdf([9, `<</Type /ObjStm /N 2 /First ${within.length} ${packed}`, deflateSync(`${within}(title)  ${page}`)]),
    };
}

write('frames', frames());
write('sdp', offers());
write('packet', packets());
write('pdf', documents());
