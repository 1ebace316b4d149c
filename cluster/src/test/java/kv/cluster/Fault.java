package kv.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Faults of nodes and of their network. Each begins, lasts for some seconds, and is healed. */
enum Fault {
  KILL_LEADER("kill-leader", Need.NOTHING, Fault::killLeader),
  KILL_FOLLOWER("kill-follower", Need.NOTHING, Fault::killFollower),
  KILL_ALL("kill-all", Need.NOTHING, Fault::killAll),
  STOP_LEADER("stop-leader", Need.SIGNALS, Fault::stopLeader),
  SLOW_NODE("slow-node", Need.SIGNALS, Fault::slowNode),
  PARTITION_LEADER("partition-leader", Need.NAMESPACES, Fault::partitionLeader),
  PARTITION_ONE_WAY("partition-one-way", Need.NAMESPACES, Fault::partitionOneWay),
  FULL_DISK("full-disk", Need.MOUNTS, Fault::fullDisk),
  SLOW_DISK("slow-disk", Need.WRITE_LIMITS, Fault::slowDisk),
  LOST_FOLDER("lost-folder", Need.NOTHING, Fault::lostFolder),
  FAR_BACK("far-back", Need.NOTHING, Fault::farBack),
  MORE_NODES("more-nodes", Need.NOTHING, Fault::moreNodes);

  private static final long DOWN_MILLIS = 4000;
  private static final long SHORT_MILLIS = 500;
  private static final long LONG_MILLIS = 10_000;
  private static final long ALONE_MILLIS = 1000;
  private static final int SLOW_TIMES = 25;
  private static final long SLOW_MILLIS = 200;
  private static final long FAST_MILLIS = 100;
  private static final int END_SECONDS = 60;
  private static final int WRITES_PER_SECOND = 10;
  private static final int BROKEN = 3;

  private final String label;
  private final Need need;
  private final Action action;

  /** A precondition of faults. */
  private enum Need {
    NOTHING("", () -> true),
    SIGNALS("the command kill", () -> Shell.succeeds("kill", "-l")),
    NAMESPACES("root, and the command ip (network namespaces)", Namespaces::available),
    MOUNTS("root on Linux (mounts of tmpfs)", () -> Shell.isRoot() && isLinux()),
    WRITE_LIMITS("root, and the controller blkio of cgroup v1", WriteLimit::available);

    final String text;
    final BooleanSupplier isMet;

    Need(String text, BooleanSupplier isMet) {
      this.text = text;
      this.isMet = isMet;
    }

    private static boolean isLinux() {
      return System.getProperty("os.name").equals("Linux");
    }
  }

  /** The course of a fault. */
  private interface Action {
    void run(Nodes nodes, Round round) throws IOException, InterruptedException;
  }

  /** A round, as far as faults need it. */
  interface Round {
    /** Returns the number of the round, from 1. */
    int number();

    /** Returns the shard whose leader has the fault. */
    int shard();

    /** Returns the number of mebibytes by which a node falls back. */
    int mebibytes();

    /** Called when the fault begins. */
    void begins();

    /**
     * Called when a fault begins that deposes a leader without its notice. In most rounds, clients
     * first read only, and then pause: the leader has confirmed its last commit to readers, and no
     * request is on its way.
     */
    void beginsQuietly() throws InterruptedException;

    /** Called with an event that contradicts the documentation. */
    void problem(String text);
  }

  Fault(String label, Need need, Action action) {
    this.label = label;
    this.need = need;
    this.action = action;
  }

  @Override
  public String toString() {
    return label;
  }

  /** Returns the requirement of this fault that this machine does not meet; null if it meets all. */
  String missing() {
    return need.isMet.getAsBoolean() ? null : need.text;
  }

  /** Causes the fault, and heals it. */
  void run(Nodes nodes, Round round) throws IOException, InterruptedException {
    action.run(nodes, round);
  }

  // ======== The faults ========

  private static void killLeader(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    kill(nodes, round, List.of(nodes.leader(round.shard())), DOWN_MILLIS);
  }

  private static void killFollower(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    kill(nodes, round, List.of(nodes.follower(round.shard())), DOWN_MILLIS);
  }

  private static void killAll(Nodes nodes, Round round) throws IOException, InterruptedException {
    kill(nodes, round, Nodes.IDS, SHORT_MILLIS);
  }

  private static void kill(Nodes nodes, Round round, List<String> ids, long millis)
      throws IOException, InterruptedException {
    round.begins();
    for (String id : ids) {
      nodes.kill(id);
    }
    Thread.sleep(millis);
    for (String id : ids) {
      nodes.start(id);
    }
  }

  /** In half of the rounds, the leader does not hear the others for a second after it goes on. */
  private static void stopLeader(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    String leader = nodes.leader(round.shard());
    boolean alone = nodes.network().canCut() && round.number() % 4 < 2;
    round.beginsQuietly();
    nodes.signal(leader, "STOP");
    try {
      if (alone) {
        cutOff(nodes, leader, true, true);
      }
      Thread.sleep(LONG_MILLIS);
    } finally {
      nodes.signal(leader, "CONT");
    }
    if (alone) {
      try {
        Thread.sleep(ALONE_MILLIS);
      } finally {
        nodes.network().heal();
      }
    }
  }

  /** The leader runs for a third of the time only. */
  private static void slowNode(Nodes nodes, Round round) throws IOException, InterruptedException {
    String leader = nodes.leader(round.shard());
    round.begins();
    for (int i = 0; i < SLOW_TIMES; i++) {
      nodes.signal(leader, "STOP");
      try {
        Thread.sleep(SLOW_MILLIS);
      } finally {
        nodes.signal(leader, "CONT");
      }
      Thread.sleep(FAST_MILLIS);
    }
  }

  /** The leader and the two other nodes do not reach each other; clients reach all three. */
  private static void partitionLeader(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    String leader = nodes.leader(round.shard());
    partition(nodes, round, leader, true, true);
  }

  /** Messages of the leader arrive, and those of the others to it do not; or the other way. */
  private static void partitionOneWay(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    String leader = nodes.leader(round.shard());
    // The shard changes each round, so the direction changes every second round.
    boolean from = round.number() / 2 % 2 == 0;
    partition(nodes, round, leader, from, !from);
  }

  private static void partition(Nodes nodes, Round round, String id, boolean from, boolean to)
      throws IOException, InterruptedException {
    round.beginsQuietly();
    try {
      cutOff(nodes, id, from, to);
      Thread.sleep(LONG_MILLIS);
    } finally {
      nodes.network().heal();
    }
  }

  private static void cutOff(Nodes nodes, String id, boolean from, boolean to) throws IOException {
    for (String other : Nodes.IDS) {
      if (!other.equals(id) && from) {
        nodes.network().cut(id, other);
      }
      if (!other.equals(id) && to) {
        nodes.network().cut(other, id);
      }
    }
  }

  /** The disk of the leader is full in one round, that of a follower in the next one. */
  private static void fullDisk(Nodes nodes, Round round) throws IOException, InterruptedException {
    String id =
        round.number() % 2 == 0 ? nodes.follower(round.shard()) : nodes.leader(round.shard());
    round.begins();
    nodes.fillDisk(id);
    int status = nodes.awaitEnd(id, END_SECONDS);
    if (status != BROKEN) {
      round.problem(
          id
              + (status < 0
                  ? " still runs " + END_SECONDS + " seconds after its disk was full"
                  : " ended with status " + status + " on a full disk, and not " + BROKEN));
      nodes.kill(id);
    }
    Thread.sleep(SHORT_MILLIS);
    nodes.makeSpace(id);
    nodes.start(id);
  }

  /**
   * The disk of the leader takes ten writes in a second. In every second round that of a follower too,
   * so that no majority is without a slow disk.
   */
  private static void slowDisk(Nodes nodes, Round round) throws IOException, InterruptedException {
    List<String> slow = new ArrayList<>(List.of(nodes.leader(round.shard())));
    if (round.number() % 2 == 0) {
      slow.add(nodes.follower(round.shard()));
    }
    List<WriteLimit> limits = new ArrayList<>();
    round.begins();
    try {
      for (String id : slow) {
        limits.add(nodes.limitWrites(id, WRITES_PER_SECOND));
      }
      Thread.sleep(LONG_MILLIS);
    } finally {
      for (WriteLimit limit : limits) {
        limit.close();
      }
    }
  }

  /** A follower loses its folder, is removed, and joins again with the same name. */
  private static void lostFolder(Nodes nodes, Round round)
      throws IOException, InterruptedException {
    String id = nodes.follower(round.shard());
    String through = nodes.leader(round.shard());
    round.begins();
    nodes.kill(id);
    nodes.deleteFolder(id);
    nodes.admin(through, "remove", id);
    nodes.start(id, "--join");
    // The node must listen before it can be added.
    nodes.awaitHttp(id);
    nodes.admin(through, "add", nodes.peer(id));
  }

  /** A follower is down while much is written, so that the others no longer have its entries. */
  private static void farBack(Nodes nodes, Round round) throws IOException, InterruptedException {
    String id = nodes.follower(round.shard());
    Bulk bulk = new Bulk(nodes, round.number(), round.mebibytes());
    round.begins();
    nodes.kill(id);
    bulk.write(nodes.leader(round.shard(), id));
    nodes.start(id);
    for (String each : Nodes.IDS) {
      String difference = bulk.compare(each);
      if (difference != null) {
        round.problem(difference);
      }
    }
  }

  /** Two nodes join, one of them leads the shard, and both are removed. */
  private static void moreNodes(Nodes nodes, Round round) throws IOException, InterruptedException {
    String through = nodes.leader(round.shard());
    round.begins();
    try {
      for (String id : Nodes.GUESTS) {
        nodes.start(id, "--join");
        nodes.awaitHttp(id);
        nodes.admin(through, "add", nodes.peer(id));
      }
      nodes.admin(through, "lead", Integer.toString(round.shard()), Nodes.GUESTS.get(0));
      Thread.sleep(DOWN_MILLIS);
      for (String id : Nodes.GUESTS) {
        nodes.admin(through, "remove", id);
      }
    } finally {
      for (String id : Nodes.GUESTS) {
        nodes.kill(id);
        nodes.deleteFolder(id);
      }
    }
  }
}
