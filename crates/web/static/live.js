/* Keeps the values of a page fresh. The page is complete without this script. ES2017, no library. */
(function () {
  'use strict';
  var body = document.body;
  var text = body.dataset;
  var lastHeard = performance.now();
  var serverMs = 0;      // recorder's local time of the last state, milliseconds
  var serverAt = 0;      // when that state came
  var stream = null;

  function index(selector, key) {
    var map = {};
    document.querySelectorAll(selector).forEach(function (element) {
      (map[element.dataset[key]] = map[element.dataset[key]] || []).push(element);
    });
    return map;
  }
  var live = index('[data-live]', 'live');
  var validity = index('[data-validity]', 'validity');
  var signals = index('[data-signal]', 'signal');

  // The same rule as `figures::value` of the server.
  function figure(value, decimals) {
    if (value === null || value === undefined) return '—';
    var size = Math.abs(value);
    if (decimals === undefined) decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    var shown = size.toFixed(decimals);
    var minus = value < 0 && Number(shown) !== 0 ? '−' : '';
    return minus + shown.replace('.', text.decimal);
  }

  function put(key, value) {
    (live[key] || []).forEach(function (element) {
      var decimals = element.dataset.decimals;
      var shown = figure(value, decimals === undefined ? undefined : Number(decimals));
      if (element.textContent !== shown) element.textContent = shown;
    });
  }

  function swap(elements, words, word) {
    (elements || []).forEach(function (element) {
      words.forEach(function (other) { element.classList.toggle(other, other === word); });
    });
  }

  function onLive(now) {
    now.analog.forEach(function (channel) {
      put('a:' + channel.id + ':instant', channel.instant);
      ['rms', 'magnitude', 'angle_deg'].forEach(function (name) {
        put('a:' + channel.id + ':' + name, channel.computed_valid ? channel[name] : null);
      });
      swap(validity[channel.id], ['good', 'questionable', 'invalid'], channel.validity);
    });
    now.groups.forEach(function (group) {
      ['frequency_hz', 'positive', 'negative', 'zero'].forEach(function (name) {
        put('g:' + group.id + ':' + name, group[name]);
      });
    });
    now.discrete.forEach(function (channel) {
      (live['d:' + channel.id] || []).forEach(function (element) {
        element.textContent = channel.state ? '1' : '0';
      });
      var word = channel.state === channel.normal ? 'normal' : 'departed';
      swap(signals[channel.id], ['normal', 'departed', 'unknown'], word);
    });
    var at = document.getElementById('live-at');
    if (at) at.textContent = clock(Date.parse(now.at) + text.offset * 1000, true);
    var picked = document.getElementById('picked-up');
    if (picked) picked.textContent = now.picked_up.join(', ') || picked.dataset.none;
  }

  function two(n) { return (n < 10 ? '0' : '') + n; }

  function clock(ms, fine) {
    var at = new Date(ms);
    var whole = two(at.getUTCHours()) + ':' + two(at.getUTCMinutes()) + ':' + two(at.getUTCSeconds());
    if (!fine) return whole;
    return whole + text.decimal + ('00' + at.getUTCMilliseconds()).slice(-3);
  }

  function chip(id, kind, word) {
    var element = document.getElementById(id);
    if (element) element.className = 'chip ' + kind + '-' + word;
  }

  var verdict = document.getElementById('verdict');

  function onStatus(now) {
    serverMs = Date.parse(now.time.utc) + now.time.utc_offset_s * 1000;
    serverAt = performance.now();
    chip('health-chip', 'state', now.health.state);
    chip('sync-chip', 'sync', now.time.sync);
    document.querySelectorAll('[data-status]').forEach(function (element) {
      element.textContent = String(now.pipeline[element.dataset.status]);
    });
    // Words of another state stand only in a fresh page.
    var possible = verdict && verdict.classList.contains('yes');
    var turned = verdict && possible !== now.health.recording_possible;
    if (turned || text.state !== now.health.state) reload();
    follow(now.journal.seq);
  }

  var leaving = false;   // a form was sent; its answer is the next page

  // Never takes a half-typed text away, nor the answer to a form that was sent.
  function reload() {
    if (leaving || document.querySelector('details.start[open]')) return;
    var typing = document.activeElement && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (!typing) location.reload();
  }

  function onRecord(record) {
    var news = document.getElementById('news');
    if (news) news.hidden = false;
    var writing = document.querySelector('[data-record="' + record.id + '"]');
    if ((writing && record.state !== 'open') || location.pathname === '/') reload();
  }

  // Journal: new lines on top while «follow» is ticked.
  var lines = document.getElementById('journal');
  var box = document.getElementById('follow');
  var asking = false;
  if (box && lines && !('past' in lines.dataset)) {
    box.parentNode.hidden = false;
    box.addEventListener('change', function () { if (box.checked) location.hash = 'follow'; else history.replaceState(null, '', location.pathname + location.search); });
    box.checked = location.hash === '#follow';
  }

  function follow(seq) {
    if (!box || !box.checked || asking || seq <= Number(lines.dataset.head)) return;
    asking = true;
    fetch('/api/v1/journal?limit=1&after=' + lines.dataset.head + filter())
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        lines.dataset.head = String(answer.data.head.seq);
        asking = false;
        if (answer.data.items.length > 0) reload();
      })
      .catch(function () { asking = false; });
  }

  function filter() {
    var query = new URLSearchParams(location.search);
    return ['severity', 'text'].map(function (name) {
      return query.get(name) ? '&' + name + '=' + encodeURIComponent(query.get(name)) : '';
    }).join('');
  }

  function connect() {
    if (stream || document.hidden) return;
    stream = new EventSource('/api/v1/live/stream');
    [['live', onLive], ['status', onStatus], ['record', onRecord]].forEach(function (pair) {
      stream.addEventListener(pair[0], function (event) {
        lastHeard = performance.now();
        pair[1](JSON.parse(event.data));
      });
    });
  }

  // A hidden tab gives its connection back: a browser has few of them per host.
  document.addEventListener('visibilitychange', function () {
    if (document.hidden && stream) { stream.close(); stream = null; }
    if (!document.hidden) { lastHeard = performance.now(); connect(); }
  });

  setInterval(function () {
    if (serverAt) {
      var shown = document.getElementById('clock');
      if (shown) shown.textContent = clock(serverMs + performance.now() - serverAt, false);
    }
    var silence = Math.floor((performance.now() - lastHeard) / 1000);
    var stale = !document.hidden && silence >= 5;
    body.classList.toggle('stale', stale);
    var lost = document.getElementById('lost');
    lost.hidden = !stale;
    if (stale) lost.querySelector('span').textContent = text.stale.replace('#', String(silence));
    // A refused or broken stream is not taken up again by every browser.
    if (stale && stream && stream.readyState === 2) { stream = null; connect(); }
  }, 1000);

  // One «Пуск» at a time, and Escape closes its form.
  document.querySelectorAll('form[method="post"]').forEach(function (form) {
    form.addEventListener('submit', function () {
      leaving = true;
      form.querySelector('button').disabled = true;
    });
  });
  document.addEventListener('keydown', function (event) {
    var open = document.querySelector('details.start[open]');
    if (event.key === 'Escape' && open) { open.open = false; open.querySelector('summary').focus(); }
  });

  connect();
  document.documentElement.dataset.ready = '';
}());
