package io.xcron.http;

/** What the holder of a token may do; each role may do what the ones before it may. */
public enum Role {
  /** Questions only. */
  READ,
  /** Change tasks. */
  WRITE,
  /** Change services, calendars and the cluster, and read who changed what. */
  ADMIN;

  /** What a route asks for; one that is not known here is for admins. */
  static Role neededFor(String method, String pattern) {
    if (pattern.startsWith("/api/v1/audit")) {
      return ADMIN;
    }
    if (method.equals("GET") || pattern.equals("/api/v1/schedules/preview")) {
      return READ;
    }
    return switch (pattern) {
      case "/xcron/createTask",
          "/xcron/deleteTask",
          "/job/save",
          "/job/delete",
          "/job/kill",
          "/add_task",
          "/confirm_task",
          "/stop_task",
          "/api/v1/tasks" ->
          WRITE;
      default -> pattern.startsWith("/api/v1/tasks/") ? WRITE : ADMIN;
    };
  }
}
