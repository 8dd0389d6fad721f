export const zh = {
  help: {
    title: '使用帮助',
    intro: '一节讲一件事。可以搜索，也可以整页打印。',
    find: '在帮助中查找',
    placeholder: '例如：红线、打印、坐标、登录',
    found: '找到 {n} 节',
    none: '没有找到，请换一个词。',
    contents: '目录',
    open: '打开此功能',
    print: '打印帮助',
    tour: '重看新手引导',
    diagnosis: '运行环境检查',
    pictureOf: '{title}的画面',
    note: '注意：',
  },
}

export const en = {
  help: {
    title: 'Help',
    intro: 'A section a task. It can be searched, and printed as a whole.',
    find: 'Find in the help',
    placeholder: 'as: red line, print, coordinates, sign in',
    found: '{n} sections found',
    none: 'Nothing found; try another word.',
    contents: 'Contents',
    open: 'Open it',
    print: 'Print the help',
    tour: 'Take the tour again',
    diagnosis: 'Environment check',
    pictureOf: 'What it looks like: {title}',
    note: 'Note: ',
  },
}
