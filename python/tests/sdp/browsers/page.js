// Runs inside a page of the browser under test: peer connections by number, and one verdict per call.
// An expression that is evaluated once and yields the table of operations.
(() => {
  const peers = new Map();
  let last = 0;

  // Bounded, so that a browser that never settles a promise is reported and not waited for.
  const settled = (promise, what) =>
    Promise.race([
      promise,
      new Promise((_, reject) =>
        setTimeout(() => reject(new Error(`${what} did not settle within 10 s`)), 10000)),
    ]);

  const verdict = async (promise, what) => {
    try {
      await settled(promise, what);
      return {accepted: true};
    } catch (error) {
      return {accepted: false, error: error.name, message: error.message};
    }
  };

  // Real tracks, of an oscillator and a canvas, so that offers name a stream; no permission is needed.
  const contexts = new Map();
  const track = (kind, stream, peer) => {
    if (kind === 'audio') {
      const context = new AudioContext();
      contexts.set(peer, [...(contexts.get(peer) || []), context]);
      const [made] = context.createMediaStreamDestination().stream.getTracks();
      stream.addTrack(made);
      return made;
    }
    const canvas = document.createElement('canvas');
    canvas.getContext('2d');
    const [made] = canvas.captureStream(5).getTracks();
    stream.addTrack(made);
    return made;
  };

  const add = (peer, what) => {
    const [kind, direction] = what.split(':');
    if (kind === 'data') {
      peer.createDataChannel('data');
      return;
    }
    const stream = new MediaStream();
    if (kind === 'simulcast') {
      const encodings = ['h', 'm', 'l'].map(
        (rid, step) => ({rid, scaleResolutionDownBy: 2 ** step}));
      peer.addTransceiver(track('video', stream, peer),
                          {direction: 'sendrecv', streams: [stream], sendEncodings: encodings});
    } else if (direction === 'recvonly') {
      peer.addTransceiver(kind, {direction});
    } else {
      peer.addTransceiver(track(kind, stream, peer),
                          {direction: direction || 'sendrecv', streams: [stream]});
    }
  };

  const gathered = peer => new Promise(resolve => {
    if (peer.iceGatheringState === 'complete') resolve();
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState === 'complete') resolve();
    });
  });

  // The sections that an answer to the description just set would reject.
  const declined = async peer => {
    try {
      const answer = await settled(peer.createAnswer(), 'createAnswer');
      const sections = answer.sdp.split(/\r\n(?=m=)/).slice(1);
      return sections.flatMap((section, index) => /^m=\S+ 0 /.test(section) ? [index] : []);
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };

  return {
    // Each offer on a connection of its own.
    offers: async blobs => {
      const found = [];
      for (const sdp of blobs) {
        const peer = new RTCPeerConnection();
        const outcome = await verdict(peer.setRemoteDescription({type: 'offer', sdp}), 'offer');
        if (outcome.accepted) outcome.declined = await declined(peer);
        peer.close();
        found.push(outcome);
      }
      return found;
    },
    create: async media => {
      const peer = new RTCPeerConnection();
      media.forEach(what => add(peer, what));
      peers.set(++last, peer);
      return last;
    },
    add: async (id, media) => media.forEach(what => add(peers.get(id), what)),
    // addTrack fills the transceivers that a remote offer has made; addTransceiver would not.
    attach: async (id, media) => {
      const stream = new MediaStream();
      const peer = peers.get(id);
      media.forEach(kind => peer.addTrack(track(kind, stream, peer), stream));
    },
    direction: async (id, index, direction) => {
      const transceiver = peers.get(id).getTransceivers()[index];
      if (direction === 'stopped') transceiver.stop();
      else transceiver.direction = direction;
    },
    createOffer: async (id, options) =>
      (await settled(peers.get(id).createOffer(options), 'createOffer')).sdp,
    createAnswer: async id => (await settled(peers.get(id).createAnswer(), 'createAnswer')).sdp,
    setLocal: async (id, type, sdp) =>
      verdict(peers.get(id).setLocalDescription({type, sdp}), 'setLocalDescription'),
    setRemote: async (id, type, sdp) =>
      verdict(peers.get(id).setRemoteDescription({type, sdp}), 'setRemoteDescription'),
    // The local description with all its candidates.
    gathered: async id => {
      await settled(gathered(peers.get(id)), 'gathering');
      return peers.get(id).localDescription.sdp;
    },
    // Nothing to do in a page that has crashed since.
    close: async id => {
      const peer = peers.get(id);
      if (!peer) return;
      peer.getSenders().forEach(sender => sender.track && sender.track.stop());
      (contexts.get(peer) || []).forEach(context => context.close());
      contexts.delete(peer);
      peer.close();
      peers.delete(id);
    },
  };
})()
