/*
 * The script of cluster.html: asks for /cluster twice a second, and draws a table. Names come from
 * the cluster and are set as text, never as HTML.
 */

const PERIOD = 500;

/** Milliseconds after which the node counts as lost. */
const PATIENCE = 3000;

/** The most elections in the list. */
const MOST_ELECTIONS = 50;

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat('en');
const time = new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium'});

/** The leader and term of each shard, as far as the page has seen. */
const seen = new Map();

function make(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function connection(state, text) {
  document.body.className = state;
  if (at('connection').textContent !== text) {
    at('connection').textContent = text;
  }
}

/** Returns the ids of all nodes, in their order. */
function nodes(status) {
  const ids = new Set();
  for (const shard of status.shards) {
    for (const node of shard.nodes) {
      ids.add(node.id);
    }
  }
  return [...ids].sort();
}

function cell(shard, id) {
  if (shard.leader === id) {
    return make('b', 'leads');
  }
  const node = shard.nodes.find((one) => one.id === id);
  if (node === undefined) {
    return make('span', 'not in it');
  }
  return make('span', node.commit < 0 ? 'unknown' : number.format(node.lag));
}

function draw(status) {
  at('node').textContent = status.node;
  const ids = nodes(status);
  at('nodes').replaceChildren(...['shard', 'term', ...ids].map((name) => {
    const head = make('th', name);
    head.scope = 'col';
    return head;
  }));
  at('shards').replaceChildren(...status.shards.map((shard) => {
    const row = document.createElement('tr');
    const name = make('th', shard.shard);
    name.scope = 'row';
    row.append(name, make('td', number.format(shard.term)));
    for (const id of ids) {
      const its = document.createElement('td');
      its.append(cell(shard, id));
      row.append(its);
    }
    return row;
  }));
}

/** Adds a line for each shard whose leader changed. */
function note(status) {
  for (const shard of status.shards) {
    const leader = shard.leader || 'no node';
    const before = seen.get(shard.shard);
    if (before !== undefined && before !== leader) {
      at('elections').prepend(make('li', time.format(new Date()) + ': shard '
          + shard.shard + ' is led by ' + leader + ', term ' + shard.term));
    }
    seen.set(shard.shard, leader);
  }
  while (at('elections').children.length > MOST_ELECTIONS) {
    at('elections').lastChild.remove();
  }
}

async function poll() {
  try {
    const response = await fetch(location.origin + '/cluster',
        {signal: AbortSignal.timeout(PATIENCE)});
    if (!response.ok) {
      throw new Error(response.status === 401 ? 'password required: reload' : 'refused');
    }
    const status = await response.json();
    draw(status);
    note(status);
    const without = status.shards.filter((shard) => !shard.leader).length;
    connection(without ? 'failed' : 'live',
        without ? 'shards without a leader: ' + number.format(without) : 'live');
  } catch (error) {
    connection('lost', 'the node does not answer');
  }
  setTimeout(poll, PERIOD);
}

poll();
