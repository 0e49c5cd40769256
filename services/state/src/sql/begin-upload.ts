import { int, type Statement } from "@orchestrator/postgres";

/** Numbers an upload, and remembers it until it is finished. */
export const BEGIN_UPLOAD: Statement<number> = {
  name: "begin_upload",
  text: `
insert into state.blob_upload (upload_id) values (nextval('state.upload_number')) returning upload_id`,
  row: ([uploadId]) => int(uploadId),
};
