package kv.benchmarks.peers;

/** A part of the work on one store. Each part runs in a JVM of its own. */
enum PeerPart {
  /** The rates, the files and the memory. */
  RATES {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerRun(task).run();
    }
  },
  /** A load with the wait of each put, and an overwrite of half the keys. */
  LOAD {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerWaits(task).load();
    }
  },
  /** Opens of the store that LOAD closed. */
  OPEN_CLOSED {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerWaits(task).openClosed();
    }
  },
  /** One open of the store of a process that was killed in WRITE. */
  OPEN_KILLED {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerWaits(task).openKilled();
    }
  },
  /** The waits of puts and of gets while the store has dead space to reclaim. */
  BESIDE_MERGES {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerWaits(task).besideMerges();
    }
  },
  /** Puts without an end: the process is killed. */
  WRITE {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerTrialRun(task).write();
    }
  },
  /** Inspections of directories that standard input names. */
  INSPECT {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerTrialRun(task).inspect();
    }
  },
  /** Puts, until the disk is full. */
  FILL_DISK {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerTrialRun(task).fill();
    }
  },
  /** An open, an inspection and a put, after FILL_DISK. */
  REOPEN_AFTER_FULL_DISK {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerTrialRun(task).reopen();
    }
  },
  /** Calls by a thread whose interrupt status is set. */
  INTERRUPT {
    @Override
    void run(PeerTask task) throws Exception {
      new PeerTrialRun(task).interrupt();
    }
  };

  abstract void run(PeerTask task) throws Exception;
}
