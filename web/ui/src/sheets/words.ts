export const zh = {
  sheets: {
    title: '图幅任务',
    empty: '还没有图幅任务。',
    states: { queued: '排队中', running: '绘制中', done: '完成', failed: '失败', cancelled: '已取消' },
    pages: '{n} / {all} 幅',
    save: '下载',
    saveOf: '下载 {name}',
    cancel: '取消',
    cancelOf: '取消 {name}',
    remove: '删除',
    removeOf: '删除 {name}',
    drawing: '正在绘制 {name}',
  },
}

export const en = {
  sheets: {
    title: 'Sheets',
    empty: 'No sheet has been ordered.',
    states: { queued: 'Queued', running: 'Being drawn', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' },
    pages: '{n} of {all} sheets',
    save: 'Download',
    saveOf: 'Download {name}',
    cancel: 'Cancel',
    cancelOf: 'Cancel {name}',
    remove: 'Remove',
    removeOf: 'Remove {name}',
    drawing: 'Drawing {name}',
  },
}
