package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.jspecify.annotations.Nullable;

/**
 * A directory in memory that loses power, runs full and fails, at chosen moments. MVStore reaches
 * it through a file system scheme of its own.
 */
final class FaultyDisk implements AutoCloseable {
  private static final String SCHEME = "faulty";
  private static final Map<String, FaultyDisk> DISKS = new ConcurrentHashMap<>();
  private static final AtomicInteger NUMBER = new AtomicInteger();

  static {
    FilePath.register(new Provider());
  }

  private final String id = "disk" + NUMBER.incrementAndGet();
  private Map<String, FaultyFile> names = new TreeMap<>();
  private Map<String, FaultyFile> durableNames = new TreeMap<>();
  private int generation;
  private boolean locked;
  private boolean dead;
  private long operationsLeft = Long.MAX_VALUE;
  private long capacity = Long.MAX_VALUE;
  private int forcesToFail;
  private volatile CountDownLatch hangsUntil = new CountDownLatch(0);
  private boolean writesFail;

  FaultyDisk() {
    DISKS.put(id, this);
  }

  @Override
  public void close() {
    DISKS.remove(id);
  }

  /** Power goes off after so many more changes of the disk. */
  synchronized void cutPowerAfter(long changes) {
    operationsLeft = changes;
  }

  /** Power comes back. */
  synchronized void restoreAfterPowerLoss(Random random) {
    Map<String, FaultyFile> kept = new TreeMap<>(random.nextBoolean() ? names : durableNames);
    for (FaultyFile file : kept.values()) {
      file.losePower(random);
    }
    names = kept;
    durableNames = new TreeMap<>(kept);
    restart();
  }

  /** The process was killed: the operating system keeps what it was handed. */
  synchronized void restart() {
    generation++;
    locked = false;
    dead = false;
    operationsLeft = Long.MAX_VALUE;
    capacity = Long.MAX_VALUE;
    forcesToFail = 0;
    writesFail = false;
  }

  synchronized void capacity(long bytes) {
    capacity = bytes;
  }

  synchronized long usedBytes() {
    long used = 0;
    for (FaultyFile file : names.values()) {
      used += file.size();
    }
    return used;
  }

  /** An fsync does not return before this is counted down. */
  void hangForces(CountDownLatch until) {
    hangsUntil = until;
  }

  private void hang() {
    CountDownLatch until = hangsUntil;
    boolean interrupted = false;
    while (until.getCount() > 0) {
      try {
        until.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void failForces(int count) {
    forcesToFail = count;
  }

  synchronized void failWrites(boolean fail) {
    writesFail = fail;
  }

  synchronized boolean dead() {
    return dead;
  }

  synchronized byte[] bytes(String file) {
    return file(file).bytes();
  }

  /** Overwrites from an offset on, durably. */
  synchronized void overwrite(String name, long at, byte[] bytes) {
    FaultyFile file = file(name);
    file.write(ByteBuffer.wrap(bytes), at, bytes.length);
    file.force();
  }

  synchronized void cut(String name, long to) {
    FaultyFile file = file(name);
    file.truncate(to);
    file.force();
  }

  private FaultyFile file(String name) {
    FaultyFile file = names.get(name);
    if (file == null) {
      throw new IllegalStateException("no file " + name);
    }
    return file;
  }

  private void change() throws IOException {
    if (dead || --operationsLeft < 0) {
      dead = true;
      throw new IOException("The power is off");
    }
  }

  /** The disk as one process sees it, until that process is killed. */
  synchronized Disk process() {
    return new View(generation);
  }

  private synchronized List<String> list() {
    return new ArrayList<>(names.keySet());
  }

  private synchronized long size(String name) {
    return file(name).size();
  }

  private synchronized void unlock(int mine) {
    if (mine == generation) {
      locked = false;
    }
  }

  private final class View implements Disk {
    private final int mine;

    View(int mine) {
      this.mine = mine;
    }

    private void alive() throws IOException {
      if (mine != generation) {
        throw new IOException("this process was killed");
      }
    }

    @Override
    public String location() {
      return id;
    }

    @Override
    public String storeName(String file) {
      return SCHEME + ":" + id + "/" + mine + "/" + file;
    }

    @Override
    public FileChannel open(String name, boolean write) throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        FaultyFile file = names.get(name);
        if (file == null) {
          if (!write) {
            throw new IOException("no file " + name);
          }
          change();
          file = new FaultyFile();
          names.put(name, file);
        }
        return new Channel(file, mine);
      }
    }

    @Override
    public List<String> list() throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        return FaultyDisk.this.list();
      }
    }

    @Override
    public long size(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        return FaultyDisk.this.size(name);
      }
    }

    @Override
    public void delete(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        change();
        names.remove(name);
      }
    }

    @Override
    public void rename(String from, String to) throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        change();
        FaultyFile file = file(from);
        names.remove(from);
        names.put(to, file);
      }
    }

    @Override
    public void syncDirectory() throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        change();
        durableNames = new TreeMap<>(names);
      }
    }

    @Override
    public long usableBytes() throws IOException {
      synchronized (FaultyDisk.this) {
        alive();
        if (dead) {
          throw new IOException("The power is off");
        }
        return capacity == Long.MAX_VALUE
            ? Long.MAX_VALUE / 4
            : Math.max(0, capacity - usedBytes());
      }
    }

    @Override
    public AutoCloseable lock() {
      synchronized (FaultyDisk.this) {
        if (locked) {
          throw new JournalException.Locked("locked");
        }
        locked = true;
        return () -> unlock(mine);
      }
    }
  }

  private final class Channel extends FileBaseDefault {
    private final FaultyFile file;
    private final int opened;

    Channel(FaultyFile file, int opened) {
      this.file = file;
      this.opened = opened;
    }

    private void check() throws IOException {
      if (opened != generation) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public synchronized int read(ByteBuffer target, long at) throws IOException {
      synchronized (FaultyDisk.this) {
        check();
        return file.read(target, at);
      }
    }

    @Override
    public synchronized int write(ByteBuffer source, long at) throws IOException {
      synchronized (FaultyDisk.this) {
        check();
        change();
        if (writesFail) {
          throw new IOException("Input/output error");
        }
        long grows = Math.max(0, at + source.remaining() - file.size());
        if (grows > 0 && capacity != Long.MAX_VALUE && grows > capacity - usedBytes()) {
          int room = (int) Math.max(0, capacity - usedBytes());
          int fits = (int) Math.max(0, Math.min(source.remaining(), file.size() + room - at));
          file.write(source, at, fits);
          throw new IOException("No space left on device");
        }
        return file.write(source, at, source.remaining());
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (FaultyDisk.this) {
        check();
        return file.size();
      }
    }

    @Override
    protected void implTruncate(long to) throws IOException {
      synchronized (FaultyDisk.this) {
        check();
        change();
        file.truncate(to);
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      hang();
      synchronized (FaultyDisk.this) {
        check();
        change();
        if (forcesToFail > 0) {
          forcesToFail--;
          file.failForce();
        }
        file.force();
      }
    }

    @Override
    public FileLock tryLock(long at, long length, boolean shared) {
      return new FileLock(this, at, length, shared) {
        @Override
        public boolean isValid() {
          return true;
        }

        @Override
        public void release() {}
      };
    }
  }

  /** The scheme under which MVStore opens the files. */
  private static final class Provider extends FilePath {
    private FaultyDisk disk() {
      FaultyDisk disk = DISKS.get(name.substring(name.indexOf(':') + 1, name.indexOf('/')));
      if (disk == null) {
        throw new IllegalStateException(name);
      }
      return disk;
    }

    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    public FilePath getPath(String path) {
      Provider result = new Provider();
      result.name = path;
      return result;
    }

    @Override
    public long size() {
      return disk().size(getName());
    }

    @Override
    public boolean exists() {
      return disk().list().contains(getName());
    }

    @Override
    public FileChannel open(String mode) throws IOException {
      int process = Integer.parseInt(name.substring(name.indexOf('/') + 1, name.lastIndexOf('/')));
      return disk().new View(process).open(getName(), !mode.equals("r"));
    }

    @Override
    public @Nullable FilePath getParent() {
      return null;
    }

    @Override
    public boolean canWrite() {
      return true;
    }

    @Override
    public boolean isDirectory() {
      return false;
    }

    @Override
    public boolean isRegularFile() {
      return true;
    }

    @Override
    public boolean isAbsolute() {
      return true;
    }

    @Override
    public FilePath toRealPath() {
      return this;
    }

    @Override
    public long lastModified() {
      return 0;
    }

    @Override
    public void moveTo(FilePath newName, boolean atomicReplace) {
      throw new AssertionError("MVStore does not do this");
    }

    @Override
    public boolean createFile() {
      throw new AssertionError("MVStore does not do this");
    }

    @Override
    public void delete() {
      throw new AssertionError("MVStore does not do this");
    }

    @Override
    public List<FilePath> newDirectoryStream() {
      throw new AssertionError("MVStore does not do this");
    }

    @Override
    public void createDirectory() {
      throw new AssertionError("MVStore does not do this");
    }

    @Override
    public boolean setReadOnly() {
      throw new AssertionError("MVStore does not do this");
    }
  }

  synchronized List<String> files() {
    return new ArrayList<>(names.keySet());
  }
}
